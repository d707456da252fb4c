import type { KeysResponse } from '../../supabase/contracts/functions/license-check.ts';
import { fromBase64Url, toBase64 } from './base64.ts';

interface PrivateJwk extends JsonWebKey {
  kid: string;
}

/** Signs, and says with which public keys it is proven. */
export interface LicenseSigner {
  keyId: string;
  /** Ed25519 over the bytes, in standard base64. */
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
  /** Public keys as JWKs, the signing one first; older ones stay so that their signatures keep proving. */
  publicKeys: KeysResponse['keys'];
}

/** From a secret: a private Ed25519 JWK with a `kid`, or an array of them of which the first signs. */
export async function createLicenseSigner(json: string, name = 'LICENSE_SIGNING_KEY'): Promise<LicenseSigner> {
  const keys = [JSON.parse(json) as PrivateJwk | PrivateJwk[]].flat();
  const [current] = keys;
  if (!current?.kid || current.crv !== 'Ed25519' || !current.d || fromBase64Url(current.d).length !== 32) {
    throw new Error(`${name} is not a private Ed25519 JWK with a kid`);
  }
  const privateKey = await crypto.subtle.importKey(
    'jwk',
    { kty: 'OKP', crv: 'Ed25519', x: current.x!, d: current.d },
    'Ed25519',
    false,
    ['sign'],
  );
  return {
    keyId: current.kid,
    sign: async (bytes) => toBase64(await crypto.subtle.sign('Ed25519', privateKey, bytes)),
    publicKeys: keys.map(({ kid, x }) => ({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x: x! })),
  };
}
