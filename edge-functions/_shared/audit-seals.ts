import { fromBase64Url } from './base64.ts';
import type { LicenseSigner } from './license-signer.ts';

/** A signed end of the audit chain, in one line that a person can keep: see private.audit_checkpoints.seal. */
export interface Seal {
  sequence: number;
  /** Hex. */
  hash: string;
  /** `2026-10` when it closes that month. */
  closes: string | null;
  signedAt: Date;
  kid: string;
}

const pattern = /^audit-v1\.(\d{1,15})\.([0-9a-f]{64})\.(-|\d{4}-\d{2})\.(\d{1,12})\.([\w-]{1,100})\.([\w-]{86})$/;

export async function makeSeal(signer: LicenseSigner, seal: Omit<Seal, 'kid'>): Promise<string> {
  const { sequence, hash, closes, signedAt } = seal;
  const seconds = Math.floor(signedAt.getTime() / 1000);
  const said = `audit-v1.${sequence}.${hash}.${closes ?? '-'}.${seconds}.${signer.keyId}`;
  const signature = await signer.sign(new TextEncoder().encode(said));
  return `${said}.${signature.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`;
}

/** Null for what is no seal. Says nothing of its signature. */
export function readSeal(text: string): Seal | null {
  const [, sequence, hash, closes, seconds, kid] = pattern.exec(text.trim()) ?? [];
  if (!sequence || !hash || !kid) return null;
  return {
    sequence: Number(sequence),
    hash,
    closes: closes === '-' ? null : closes!,
    signedAt: new Date(Number(seconds) * 1000),
    kid,
  };
}

/** Whether one of our keys signed it. */
export async function isProven(text: string, keys: LicenseSigner['publicKeys']): Promise<boolean> {
  const seal = readSeal(text);
  const jwk = keys.find(({ kid }) => kid === seal?.kid);
  if (!seal || !jwk) return false;
  const end = text.trim().lastIndexOf('.');
  const key = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x: jwk.x }, 'Ed25519', false, [
    'verify',
  ]);
  const said = new TextEncoder().encode(text.trim().slice(0, end));
  return crypto.subtle.verify('Ed25519', key, fromBase64Url(text.trim().slice(end + 1)), said);
}
