import { type ErrorCode, errorCodes } from '../../supabase/contracts/error-codes.generated.ts';
import type { ErrorBody } from '../../supabase/contracts/functions/shared.ts';
import { logError } from './log.ts';

interface ApiErrorOptions {
  details?: unknown;
  headers?: Record<string, string>;
  cause?: unknown;
  /** Another status than the registry's, for a code that stands for the answer of somebody else. */
  status?: number;
}

/** The one error of the functions: a code clients branch on, the status that follows from it, and what may be shown. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: unknown;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = options.status ?? errorCodes[code].status;
    this.details = options.details ?? null;
    this.headers = options.headers ?? {};
  }
}

export const invalidInput = (message: string, details?: unknown) => new ApiError('invalid_input', message, { details });
export const invalidJson = (cause?: unknown) => new ApiError('invalid_json', 'The body is not valid JSON', { cause });
export const bodyTooLarge = (limit: number) => new ApiError('body_too_large', `The body exceeds ${limit} bytes`);
export const methodNotAllowed = (method: string, allow: string) =>
  new ApiError('method_not_allowed', `"${method}" is not allowed`, { headers: { allow } });
export const notFound = (message = 'No such resource') => new ApiError('not_found', message);
export const unauthorized = (message = 'A valid access token is required') => new ApiError('unauthorized', message);
export const tooManyRequests = (retryAfterSeconds: number) =>
  new ApiError('too_many_requests', 'Too many requests', {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });

/** An error our SQL functions raised: its hint is the code. Null for any other. */
export function fromDatabase(error: unknown): ApiError | null {
  if (!(error instanceof Error) || !('hint' in error)) return null;
  const { hint } = error as Error & { hint: unknown };
  if (typeof hint !== 'string' || !Object.hasOwn(errorCodes, hint)) return null;
  return new ApiError(hint as ErrorCode, error.message, { cause: error, details: detailsOf(error) });
}

/** What an SQL function said besides, where it is JSON. */
function detailsOf(error: object): unknown {
  if (!('detail' in error) || typeof error.detail !== 'string' || error.detail === '') return null;
  try {
    return JSON.parse(error.detail);
  } catch {
    return null;
  }
}

/**
 * Renders any error as `{code, message, details}`. What is not ours becomes an opaque 500
 * with an id that also stands in the log.
 */
export function renderError(error: unknown, log: (line: string, error: unknown) => void = logError): Response {
  const known = error instanceof ApiError ? error : fromDatabase(error);
  if (known) {
    const { code, message, details, status, headers } = known;
    return Response.json({ code, message, details } satisfies ErrorBody, { status, headers });
  }
  const id = crypto.randomUUID();
  log(`unexpected error ${id}`, error);
  const code = 'unexpected_failure' satisfies ErrorCode;
  return Response.json({ code, message: `Unexpected failure (${id})`, details: null } satisfies ErrorBody, {
    status: errorCodes[code].status,
  });
}
