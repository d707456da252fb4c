import { AsyncLocalStorage } from 'node:async_hooks';
import type { MiddlewareHandler } from 'hono';
import type { Claims } from '../context.ts';

/** What one REST request adds to its transaction; lite knows nothing of it. */
export interface RequestScope {
  /** Of the verified token. */
  claims: Claims;
  method: string;
  path: string;
  /** JSON of the request's headers, lower-case names, with the real client address. */
  headers: string;
  /** lite has read the request and goes to the database with it. */
  isUnderstood?: boolean;
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

/** lite checks no token of its own: the claims the part verified are the request's identity. */
export const useVerifiedClaims: MiddlewareHandler = async (c, next) => {
  const { claims } = requestScope.getStore()!;
  c.set('jwt', claims);
  c.set('userId', claims.sub ?? null);
  c.set('apiKeyType', claims.role === 'service_role' ? 'secret' : 'publishable');
  c.set('ignoreAuthorization', true);
  await next();
};
