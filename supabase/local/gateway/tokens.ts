import { decodeProtectedHeader, errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { tokenErrors } from './errors.ts';
import type { ApiKeys } from './keys.ts';

export type Claims = JWTPayload & { role?: string; session_id?: string; aal?: string; [claim: string]: unknown };

export interface Tokens {
  /** Signs claims as they are (they must carry `iat` and `exp`) with the project's signing key. */
  sign(claims: Claims): Promise<string>;
  /**
   * Claims of a valid token; throws `bad_jwt` or `jwt_expired`. One without `exp` is valid for ever, to Auth as to
   * PostgREST; Realtime alone refuses it.
   */
  verify(jwt: string): Promise<Claims>;
}

const cacheSize = 2_000;

/**
 * A token's signature does not change during its life, so a verified token is remembered until it expires:
 * verification costs more than the rest of a request's handling.
 */
export function createTokens(keys: ApiKeys, now: () => Date = () => new Date()): Tokens {
  const legacySecret = new TextEncoder().encode(keys.legacySecret);
  const cache = new Map<string, Claims>();

  const remember = (jwt: string, claims: Claims) => {
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!);
    cache.set(jwt, claims);
    return claims;
  };

  const verifyFresh = async (jwt: string): Promise<Claims> => {
    let header: { alg?: string; kid?: string };
    try {
      header = decodeProtectedHeader(jwt);
    } catch (cause) {
      throw tokenErrors.invalid('token is malformed', cause);
    }
    const options = { currentDate: now() };
    try {
      const key = keys.verifying.get(header.kid ?? '');
      if (key && key.alg === header.alg) {
        return (await jwtVerify(jwt, key.publicKey, { ...options, algorithms: [key.alg] })).payload;
      }
      if (header.alg === 'HS256') {
        return (await jwtVerify(jwt, legacySecret, { ...options, algorithms: ['HS256'] })).payload;
      }
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw tokenErrors.expired(cause);
      throw tokenErrors.invalid('signature is invalid', cause);
    }
    throw tokenErrors.invalid(`unrecognized JWT kid "${header.kid ?? ''}" for algorithm "${header.alg ?? ''}"`);
  };

  return {
    sign: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: keys.signing.alg, typ: 'JWT', kid: keys.signing.kid })
        .sign(keys.signing.privateKey),

    async verify(jwt) {
      const known = cache.get(jwt);
      if (!known) return remember(jwt, await verifyFresh(jwt));
      if (known.exp === undefined || known.exp * 1000 > now().getTime()) return known;
      cache.delete(jwt);
      throw tokenErrors.expired();
    },
  };
}
