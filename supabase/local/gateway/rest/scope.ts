import { AsyncLocalStorage } from 'node:async_hooks';
import type { Claims } from '../context.ts';

/** What one REST request adds to its transaction; lite knows nothing of it. */
export interface RequestScope {
  /** Of the verified token. */
  claims: Claims;
  method: string;
  path: string;
  /** JSON of the request's headers, lower-case names, with the real client address. */
  headers: string;
  /** The first database error of the request, to be rendered as PostgREST does. */
  error?: PostgresErrorLike;
}

export interface PostgresErrorLike {
  name: string;
  code: string;
  message: string;
  detail?: string;
  hint?: string;
}

export const requestScope = new AsyncLocalStorage<RequestScope>();
