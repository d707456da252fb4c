export interface ErrorOptions {
  details?: string | null;
  hint?: string | null;
  headers?: Record<string, string>;
  /** Extra members of the JSON body, such as GoTrue's `weak_password`. */
  body?: Record<string, unknown>;
  cause?: unknown;
}

/** The one error of the gateway. Clients branch on `code`, never on the text. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: string | null;
  readonly hint: string | null;
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown>;

  constructor(status: number, code: string, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = options.details ?? null;
    this.hint = options.hint ?? null;
    this.headers = options.headers ?? {};
    this.body = options.body ?? {};
  }
}

/** Errors the API gateway itself answers, before any part sees the request. */
export const gatewayErrors = {
  missingKey: () =>
    new ApiError(401, 'no_api_key', 'No API key found in request', {
      hint: 'No `apikey` request header or url param was found.',
    }),
  invalidKey: () => new ApiError(401, 'invalid_api_key', 'Invalid API key', { hint: 'Double check your API key.' }),
  secretKeyInBrowser: () =>
    new ApiError(401, 'secret_key_in_browser', 'Forbidden use of secret API key in browser', {
      hint: 'Secret API keys can only be used in a protected environment and should never be used in a browser.',
    }),
  bodyTooLarge: (limit: number) => new ApiError(413, 'request_too_large', `Request body is larger than ${limit} bytes`),
  noRoute: (path: string) => new ApiError(404, 'not_found', `No service answers at "${path}"`),
  noService: (name: string) => new ApiError(503, 'service_unavailable', `The service "${name}" is not running`),
};

export const tokenErrors = {
  invalid: (reason: string, cause?: unknown) =>
    new ApiError(401, 'bad_jwt', `invalid JWT: unable to parse or verify signature, ${reason}`, { cause }),
  expired: (cause?: unknown) =>
    new ApiError(401, 'jwt_expired', 'invalid JWT: unable to parse or verify signature, token is expired', { cause }),
};

export function renderGatewayError(error: ApiError): Response {
  const body = { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
  return Response.json(body, { status: error.status, headers: { ...error.headers, 'sb-error-code': error.code } });
}
