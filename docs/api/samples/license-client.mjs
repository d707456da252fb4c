// A client of the licence service for Node 18 or later, or Electron's main process; no packages needed.
import { createDecipheriv, createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const day = 86_400_000;

/** What is not proven is worth nothing: treat it as no answer at all. */
export class NotProven extends Error {}

/** The service refused the request itself; `retryAfter` is in seconds when it asks to wait. */
export class Refused extends Error {
  constructor(status, { code, message }, retryAfter) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }
}

/** The key as it was mailed, however it was typed; null when it cannot be one, so that a typo costs no request. */
export function canonicalKey(typed) {
  const key = typed.replace(/[\s\u00a0\-–—_.]/g, '').toUpperCase();
  const values = [...key].map((character) => alphabet.indexOf(character));
  if (values.length !== 25 || values.includes(-1)) return null;
  const sum = values.slice(0, 24).reduce((total, value, index) => total + value * (index + 1), 0);
  return sum % 31 === values[24] ? key.replace(/.{5}(?=.)/g, '$&-') : null;
}

/** Whether one of the public keys that the program carries made this signature of these bytes. */
function isSigned(bytes, signature, keys, kid) {
  return keys
    .filter((jwk) => kid === undefined || jwk.kid === kid)
    .some((jwk) => {
      const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' });
      return verify(null, bytes, key, Buffer.from(signature, 'base64'));
    });
}

/** Asks whether this machine may run → the answer, proven. Throws NotProven, Refused, or fetch's error when offline. */
export async function checkLicense({ url, keys, licenseKey, hwid, clientVersion, os }) {
  const nonce = randomBytes(16).toString('base64url');
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ license_key: licenseKey, hwid, client_version: clientVersion, os, nonce }),
    signal: AbortSignal.timeout(10_000),
  });
  // The bytes as they came: parsing and writing them again would not give the same.
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) {
    const body = parse(bytes) ?? { code: `http_${response.status}`, message: 'No answer of the service' };
    throw new Refused(response.status, body, Number(response.headers.get('retry-after')) || null);
  }
  const [signature, kid] = ['x-signature', 'x-key-id'].map((name) => response.headers.get(name) ?? '');
  if (!isSigned(bytes, signature, keys, kid)) throw new NotProven('The answer is not signed by a key we know');
  const answer = parse(bytes);
  if (answer?.nonce !== nonce) throw new NotProven('The answer belongs to another question');
  return answer;
}

function parse(bytes) {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

/** Opens a license.key without network → `{license, entitlements, meta}`, proven and in force; throws NotProven. */
export function openLicenseFile(text, { keys, licenseKey, hwid, now = new Date() }) {
  const body = /-----BEGIN LICENSE FILE-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END LICENSE FILE-----/.exec(text)?.[1];
  const { enc, sig, alg } = parse(Buffer.from(body ?? '', 'base64')) ?? {};
  if (alg !== 'aes-256-gcm+ed25519') throw new NotProven('The file is not a licence, or of a later kind');
  if (!isSigned(Buffer.from(`license/${enc}`), sig, keys))
    throw new NotProven('The file is not signed by a key we know');
  const contents = parse(decrypt(enc, licenseKey + hwid));
  if (!contents) throw new NotProven('The file belongs to another licence or another machine');
  const { issued, expiry } = contents.meta;
  if (now < Date.parse(issued) - day) throw new NotProven('The clock of this machine is behind');
  if (now >= Date.parse(expiry)) throw new NotProven('The file has expired');
  return contents;
}

function decrypt(enc, secret) {
  const [ciphertext, iv, tag] = enc.split('.').map((part) => Buffer.from(part, 'base64'));
  const key = createHash('sha256').update(secret).digest();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return Buffer.alloc(0);
  }
}

/**
 * Whether to run while the service cannot be asked: on the last proven answer, for a week at most and never beyond its
 * days of grace. `lastSeen` is the latest instant this machine ever knew; a clock behind it was put back.
 */
export function mayRunOffline({ answer, lastSeen, now = new Date() }) {
  if (!answer?.valid || !answer.license) return false;
  if (now < Date.parse(lastSeen) - day) return false;
  return now < Date.parse(answer.checked_at) + 7 * day && now < Date.parse(answer.license.grace_until);
}

/** `check URL KEYS.json LICENCE HWID` or `file license.key KEYS.json LICENCE HWID [INSTANT]` → JSON, and 0. */
export async function main([command, target, keysPath, typed, hwid, at]) {
  const { keys } = JSON.parse(readFileSync(keysPath, 'utf8'));
  const licenseKey = canonicalKey(typed);
  if (!licenseKey) return { valid: false, error: 'not_a_key' };
  try {
    if (command === 'check') return await checkLicense({ url: target, keys, licenseKey, hwid });
    const now = at ? new Date(at) : new Date();
    return { valid: true, ...openLicenseFile(readFileSync(target, 'utf8'), { keys, licenseKey, hwid, now }) };
  } catch (error) {
    if (error instanceof NotProven) return { valid: false, error: 'not_proven', message: error.message };
    if (error instanceof Refused) return { valid: false, error: error.code, retry_after: error.retryAfter };
    return { valid: false, error: 'unreachable', message: String(error) };
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const result = await main(argv.slice(2));
  console.log(JSON.stringify(result));
  process.exitCode = result.valid ? 0 : 1;
}
