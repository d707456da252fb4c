import { createLicenseSigner, type LicenseSigner } from './license-signer.ts';

export const now = () => new Date('2026-03-01T12:00:00.000Z');
export const consoleUrl = 'https://console.example';

/** A private Ed25519 JWK, fresh. */
export async function makeSigningKey(kid: string): Promise<string> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  return JSON.stringify({ ...(await crypto.subtle.exportKey('jwk', pair.privateKey)), kid });
}

export async function makeSigner(): Promise<LicenseSigner> {
  return createLicenseSigner(await makeSigningKey('test-key'));
}

/** Verifies with nothing but the published key. */
export async function verify(jwk: JsonWebKey, signature: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const key = await crypto.subtle.importKey('jwk', { kty: jwk.kty!, crv: jwk.crv!, x: jwk.x! }, 'Ed25519', false, [
    'verify',
  ]);
  return crypto.subtle.verify(
    'Ed25519',
    key,
    Uint8Array.from(atob(signature), (character) => character.charCodeAt(0)),
    bytes,
  );
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Request {
  return new Request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.7', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
  });
}
