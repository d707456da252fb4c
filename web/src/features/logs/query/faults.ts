import { AppError } from '@/base/errors.ts';
import { LOG_QUERY_REASONS, type LogQueryError } from './parse.ts';

/** Where and why the database could not read a query; undefined for what is another error. */
export function logQueryFault(error: unknown): LogQueryError | undefined {
  if (!(error instanceof AppError) || error.hint !== 'query_invalid') return undefined;
  const { reason, position, length } = readDetails(error.details);
  const known = LOG_QUERY_REASONS.find((each) => each === reason);
  if (!known || !Number.isInteger(position) || !Number.isInteger(length)) return undefined;
  return { reason: known, position: Number(position), length: Number(length) };
}

/** PostgREST hands details on as the text they are. */
function readDetails(details: unknown): Record<string, unknown> {
  try {
    const read: unknown = typeof details === 'string' ? JSON.parse(details) : details;
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
