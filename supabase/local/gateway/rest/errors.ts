import { ApiError } from '../errors.ts';
import type { PostgresErrorLike } from './scope.ts';

const exact: Record<string, number> = {
  '23503': 409,
  '23505': 409,
  '25006': 405,
  '21000': 400,
  '22023': 400,
  '42883': 404,
  '42P01': 404,
  '42P17': 500,
  '53400': 500,
  '57P01': 503,
  P0001: 400,
  PGRST205: 404,
};

const byClass: Record<string, number> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '25': 500,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '53': 503,
  '54': 500,
  '55': 500,
  '57': 500,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
};

/** PostgREST's table of statuses by SQLSTATE (Error.hs, pgErrorStatus). */
export function statusOfSqlState(code: string, isAnonymous: boolean): number {
  if (code === '42501') return isAnonymous ? 401 : 403;
  const custom = /^PT([2-5]\d\d)$/.exec(code)?.[1];
  if (custom) return Number(custom);
  return exact[code] ?? byClass[code.slice(0, 2)] ?? 400;
}

interface RaisedBody {
  code?: string;
  message?: string;
  details?: string | null;
  hint?: string | null;
}

/** `raise sqlstate 'PGRST'`: the function itself says status, headers and body. */
function renderRaised(error: PostgresErrorLike): Response | undefined {
  try {
    const body = JSON.parse(error.message) as RaisedBody;
    const detail = JSON.parse(error.detail ?? '') as { status: number; headers?: Record<string, string> };
    const { code, message, details = null, hint = null } = body;
    return Response.json({ code, message, details, hint }, { status: detail.status, headers: detail.headers ?? {} });
  } catch {
    // Not the JSON PostgREST asks for: the caller renders it as an error of its own.
    return undefined;
  }
}

export function renderDatabaseError(error: PostgresErrorLike, isAnonymous: boolean): Response {
  if (error.code === 'PGRST') {
    const raised = renderRaised(error);
    if (raised) return raised;
    return renderRestError(new ApiError(500, 'PGRST121', `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`));
  }
  const status = statusOfSqlState(error.code, isAnonymous);
  const { code, message, detail: details = null, hint = null } = error;
  const headers: Record<string, string> = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return Response.json({ code, details, hint, message }, { status, headers });
}

export const restErrors = {
  expired: (cause?: unknown) =>
    new ApiError(401, 'PGRST303', 'JWT expired', {
      headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="JWT expired"' },
      cause,
    }),
  invalidToken: (cause?: unknown) =>
    new ApiError(401, 'PGRST301', 'No suitable key or wrong key type', {
      details: 'None of the keys was able to decode the JWT',
      headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="JWT invalid"' },
      cause,
    }),
  unreadable: (reason: string) => new ApiError(400, 'PGRST100', `"failed to parse the request" (${reason})`),
  unexpected: (id: string) => new ApiError(500, 'PGRSTX00', `Internal server error, see the log for ${id}`),
  invalidPath: () => new ApiError(404, 'PGRST125', 'Invalid path specified in request URL'),
  forbiddenRole: (role: string) => new ApiError(403, '42501', `permission denied to set role "${role}"`),
};

export function renderRestError(error: ApiError): Response {
  const { code, details, hint, message } = error;
  return Response.json({ code, details, hint, message }, { status: error.status, headers: error.headers });
}
