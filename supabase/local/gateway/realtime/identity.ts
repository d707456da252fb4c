import { decodeJwt } from 'jose';
import type { ApiRole, Claims, GatewayContext } from '../context.ts';
import { ApiError } from '../errors.ts';

/** Whom a channel acts for. `claimsJson` is what policies see; equal text means equal rights at one moment. */
export interface Identity {
  role: ApiRole;
  claims: Claims;
  claimsJson: string;
  token: string;
  expiresAt: number;
}

/** Refusals that reach the client as `"<code>: <text>"`, in hosted's words. */
export class RealtimeError extends Error {
  override readonly name = 'RealtimeError';
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
  get reason(): string {
    return `${this.code}: ${this.message}`;
  }
}

export const realtimeErrors = {
  expired: (seconds: number, cause?: unknown) =>
    new RealtimeError('InvalidJWTToken', `Token has expired ${seconds} seconds ago`, { cause }),
  malformed: (cause?: unknown) => new RealtimeError('MalformedJWT', 'The token provided is not a valid JWT', { cause }),
  signature: (cause?: unknown) => new RealtimeError('JwtSignatureError', 'Failed to validate JWT signature', { cause }),
  claims: () => new RealtimeError('InvalidJWTToken', 'Fields `role` and `exp` are required in JWT'),
  role: () => new RealtimeError('InvalidJWTToken', 'The role of the token is not one the API may take'),
  mayNotRead: (topic: string) =>
    new RealtimeError('Unauthorized', `You do not have permissions to read from this Channel topic: ${topic}`),
  policyFailed: (cause: unknown) =>
    new RealtimeError('RlsPolicyError', 'The policies of realtime.messages could not be evaluated', { cause }),
  topicRequired: () => new RealtimeError('TopicNameRequired', 'You must provide a topic name'),
  tooManyChannels: () => new RealtimeError('ChannelRateLimitReached', 'Too many channels'),
};

const roles: readonly unknown[] = ['anon', 'authenticated', 'service_role'] satisfies ApiRole[];

export async function identify(ctx: GatewayContext, token: string): Promise<Identity> {
  let claims: Claims;
  try {
    claims = await ctx.verifyToken(token);
  } catch (error) {
    throw explain(ctx, token, error);
  }
  if (claims.exp === undefined || claims.role === undefined) throw realtimeErrors.claims();
  if (!roles.includes(claims.role)) throw realtimeErrors.role();
  return {
    role: claims.role as ApiRole,
    claims,
    claimsJson: JSON.stringify(claims),
    token,
    expiresAt: claims.exp * 1000,
  };
}

export function secondsSinceExpiry(ctx: GatewayContext, expiresAt: number): number {
  return Math.max(0, Math.floor((ctx.now().getTime() - expiresAt) / 1000));
}

function explain(ctx: GatewayContext, token: string, error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.code === 'jwt_expired')
    return realtimeErrors.expired(secondsSinceExpiry(ctx, (decodeJwt(token).exp ?? 0) * 1000), error);
  return token.split('.').length === 3 ? realtimeErrors.signature(error) : realtimeErrors.malformed(error);
}
