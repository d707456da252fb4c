import { ApiError } from '../errors.ts';

/** GoTrue's codes, statuses and texts. Source: supabase/auth internal/api (errors.go, mfa.go, user.go, token.go). */
export const authErrors = {
  noAuthorization: () => new ApiError(401, 'no_authorization', 'This endpoint requires a valid Bearer token'),
  badJwt: (cause?: unknown) =>
    new ApiError(403, 'bad_jwt', cause instanceof Error ? cause.message : 'invalid JWT', { cause }),
  notAdmin: () => new ApiError(403, 'not_admin', 'User not allowed'),
  sessionNotFound: () => new ApiError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist'),
  userNotFoundByToken: () => new ApiError(403, 'user_not_found', 'User from sub claim in JWT does not exist'),
  userBanned: (status = 403) => new ApiError(status, 'user_banned', 'User is banned'),

  badJson: (cause?: unknown) => new ApiError(400, 'bad_json', 'Could not parse request body as JSON', { cause }),
  validation: (message: string, status = 400) => new ApiError(status, 'validation_failed', message),
  notFound: (path: string) => new ApiError(404, 'not_found', `No such path: ${path}`),
  disabled: (code: string, message: string, status = 422) => new ApiError(status, code, message),

  invalidCredentials: () => new ApiError(400, 'invalid_credentials', 'Invalid login credentials'),
  emailNotConfirmed: () => new ApiError(400, 'email_not_confirmed', 'Email not confirmed'),
  unsupportedGrant: () => new ApiError(400, 'invalid_credentials', 'unsupported_grant_type'),
  refreshTokenNotFound: () =>
    new ApiError(400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found'),
  refreshTokenAlreadyUsed: () => new ApiError(400, 'refresh_token_already_used', 'Invalid Refresh Token: Already Used'),
  sessionExpired: () => new ApiError(400, 'session_expired', 'Invalid Refresh Token: Session Expired'),

  userNotFound: () => new ApiError(404, 'user_not_found', 'User not found'),
  signupDisabled: () => new ApiError(422, 'signup_disabled', 'Signups not allowed for this instance'),
  userAlreadyExists: () => new ApiError(422, 'user_already_exists', 'User already registered'),
  anonymousNotAllowed: () =>
    new ApiError(403, 'no_authorization', 'Anonymous user not allowed to perform these actions'),
  emailExists: () => new ApiError(422, 'email_exists', 'A user with this email address has already been registered'),
  samePassword: () => new ApiError(422, 'same_password', 'New password should be different from the old password.'),
  weakPassword: (reasons: string[], message: string) =>
    new ApiError(422, 'weak_password', message, { body: { weak_password: { reasons, message } } }),
  insufficientAal: (status: 401 | 403 | 422, message: string) => new ApiError(status, 'insufficient_aal', message),
  reauthenticationNeeded: () =>
    new ApiError(400, 'reauthentication_needed', 'Password update requires reauthentication'),
  reauthenticationInvalid: () => new ApiError(422, 'reauthentication_not_valid', 'Nonce has expired or is invalid'),

  otpExpired: (message: string) => new ApiError(403, 'otp_expired', message),

  factorNotFound: () => new ApiError(404, 'mfa_factor_not_found', 'Factor not found'),
  factorNameConflict: (name: string) =>
    new ApiError(
      422,
      'mfa_factor_name_conflict',
      `A factor with the friendly name "${name}" for this user already exists`,
    ),
  tooManyFactors: () =>
    new ApiError(
      422,
      'too_many_enrolled_mfa_factors',
      'Maximum number of verified factors reached, unenroll to continue',
    ),
  challengeNotFound: () =>
    new ApiError(422, 'mfa_factor_not_found', 'MFA factor with the provided challenge ID not found'),
  challengeNotUsable: () => new ApiError(422, 'mfa_ip_address_mismatch', 'Challenge and verify IP addresses mismatch.'),
  challengeExpired: (id: string) =>
    new ApiError(
      422,
      'mfa_challenge_expired',
      `MFA challenge ${id} has expired, verify against another challenge or create a new challenge.`,
    ),
  wrongCode: () => new ApiError(422, 'mfa_verification_failed', 'Invalid TOTP code entered'),

  rateLimit: (retryAfterSeconds: number) =>
    new ApiError(429, 'over_request_rate_limit', 'Request rate limit reached', {
      headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) },
    }),
  passwordPause: (retryAfterSeconds: number) =>
    new ApiError(
      429,
      'over_request_rate_limit',
      `For security purposes, you can only request this after ${Math.max(1, Math.ceil(retryAfterSeconds))} seconds.`,
      { headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) } },
    ),
  mailRateLimit: (retryAfterSeconds: number) =>
    new ApiError(
      429,
      'over_email_send_rate_limit',
      `For security purposes, you can only request this after ${Math.max(1, Math.ceil(retryAfterSeconds))} seconds.`,
      { headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) } },
    ),
  unexpected: (id: string, cause?: unknown) =>
    new ApiError(500, 'unexpected_failure', `Unexpected failure, please check server logs for ${id}`, { cause }),
  hookFailed: (message: string, status = 500, cause?: unknown) =>
    new ApiError(status, 'unexpected_failure', message, { cause }),
  databaseError: (doing: string, cause: unknown) =>
    new ApiError(500, 'unexpected_failure', `Database error ${doing}`, { cause }),
};

const datedApi = '2024-01-01';

/** auth-js reads the dated shape only when the answer repeats the version. */
export function renderAuthError(error: ApiError, request: Request): Response {
  const isDated = (request.headers.get('x-supabase-api-version') ?? '') >= datedApi;
  const body = isDated
    ? { code: error.code, message: error.message, ...error.body }
    : { code: error.status, error_code: error.code, msg: error.message, ...error.body };
  return Response.json(body, {
    status: error.status,
    headers: {
      ...error.headers,
      'x-sb-error-code': error.code,
      ...(isDated ? { 'x-supabase-api-version': datedApi } : {}),
    },
  });
}
