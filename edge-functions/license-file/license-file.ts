import { toBase64 } from '../_shared/base64.ts';
import type { LicenseSigner } from '../_shared/license-signer.ts';

export interface LicenseFileContents {
  license_key: string;
  hwid: string;
  license: Record<string, unknown>;
  entitlements: Record<string, unknown>;
  ttl_seconds: number;
}

/**
 * The text of `license.key`: base64 of `{enc, sig, alg}` between two lines. `enc` is
 * base64 ciphertext `.` iv `.` tag under AES-256-GCM with SHA-256(licence key + hardware
 * identifier); `sig` is Ed25519 over `license/` + enc. A client proves it without network.
 */
export async function createLicenseFile(
  contents: LicenseFileContents,
  signer: LicenseSigner,
  now: Date,
): Promise<string> {
  const { license_key, hwid, license, entitlements, ttl_seconds } = contents;
  const encoder = new TextEncoder();
  const meta = {
    issued: now.toISOString(),
    expiry: new Date(now.getTime() + ttl_seconds * 1000).toISOString(),
    ttl: ttl_seconds,
  };
  const secret = await crypto.subtle.digest('SHA-256', encoder.encode(license_key + hwid));
  const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plaintext = encoder.encode(JSON.stringify({ license, entitlements, meta }));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext));
  const [ciphertext, tag] = [sealed.slice(0, -16), sealed.slice(-16)];
  const enc = [ciphertext, iv, tag].map(toBase64).join('.');
  const sig = await signer.sign(encoder.encode(`license/${enc}`));
  const body = toBase64(encoder.encode(JSON.stringify({ enc, sig, alg: 'aes-256-gcm+ed25519' })));
  return `-----BEGIN LICENSE FILE-----\n${body.replace(/.{64}(?=.)/g, '$&\n')}\n-----END LICENSE FILE-----\n`;
}
