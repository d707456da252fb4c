/** The one error of the functions: a code clients branch on, a status, and what may be shown. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: unknown;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    options: { details?: unknown; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = options.details ?? null;
    this.headers = options.headers ?? {};
  }
}

export const invalidInput = (message: string, details?: unknown) =>
  new ApiError(400, 'invalid_input', message, { details });
export const invalidJson = (cause?: unknown) =>
  new ApiError(400, 'invalid_json', 'The body is not valid JSON', { cause });
export const bodyTooLarge = (limit: number) => new ApiError(413, 'body_too_large', `The body exceeds ${limit} bytes`);
export const methodNotAllowed = (method: string, allow: string) =>
  new ApiError(405, 'method_not_allowed', `"${method}" is not allowed`, { headers: { allow } });
export const notFound = (message = 'No such resource') => new ApiError(404, 'not_found', message);
export const unauthorized = (message = 'A valid access token is required') =>
  new ApiError(401, 'unauthorized', message);
export const tooManyRequests = (retryAfterSeconds: number) =>
  new ApiError(429, 'too_many_requests', 'Too many requests', {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });

const statusBySqlState: Record<string, number> = { '22023': 400, '22P02': 400, '42501': 403, PT404: 404, PT409: 409 };

/** An error our SQL functions raised: its hint is the code. Null for any other. */
function fromDatabase(error: unknown): ApiError | null {
  if (!(error instanceof Error) || !('code' in error) || !('hint' in error)) return null;
  const { code, hint } = error as Error & { code: string; hint: string };
  const status = statusBySqlState[code];
  return status && /^[a-z_]+$/.test(hint ?? '') ? new ApiError(status, hint, error.message, { cause: error }) : null;
}

/**
 * Renders any error as `{code, message, details}`. What is not ours becomes an opaque 500
 * with an id that also stands in the log.
 */
export function renderError(error: unknown, log: (line: string, error: unknown) => void = console.error): Response {
  const known = error instanceof ApiError ? error : fromDatabase(error);
  if (known) {
    return Response.json(
      { code: known.code, message: known.message, details: known.details },
      { status: known.status, headers: known.headers },
    );
  }
  const id = crypto.randomUUID();
  log(`unexpected error ${id}`, error);
  return Response.json(
    { code: 'unexpected_failure', message: `Unexpected failure (${id})`, details: null },
    { status: 500 },
  );
}
