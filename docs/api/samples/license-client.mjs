// A client of the licence service for Node 18 or later, or Electron's main process; no packages needed.
import { createDecipheriv, createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const day = 86_400_000;

/**
 * What is not proven is worth nothing: treat it as no answer at all. `code` says why: not_signed or not_mine of an
 * answer; not_a_license_file, wrong_signature, other_machine, clock_behind or expired of a file.
 */
export class NotProven extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The service refused the request itself; `retryAfter` is in seconds when it asks to wait. */
export class Refused extends Error {
  constructor(status, { code, message }, retryAfter) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }
}

/** The key as it was mailed, however it was typed; null when it cannot be one, so that a typo costs no request. */
export function canonicalKey(typed) {
  const key = typed
    .normalize('NFKC')
    .replace(/[^0-9A-Za-z]/g, '')
    .toUpperCase();
  const values = [...key].map((character) => alphabet.indexOf(character));
  if (values.length !== 25 || values.includes(-1)) return null;
  const sum = values.slice(0, 24).reduce((total, value, index) => total + value * (index + 1), 0);
  return sum % 31 === values[24] ? key.replace(/.{5}(?=.)/g, '$&-') : null;
}

const unseen =
  /\u034f|[\u180b-\u180e]|[\u00ad\u061c\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]/g;
const blanks = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
const around = /^[\p{Cc}\u2028\u2029 ]+|[\p{Cc}\u2028\u2029 ]+$/gu;
const quote = '["\u00ab\u00bb\u2018-\u201f\u2039\u203a]';
const quoted = new RegExp(`^${quote}.*${quote}$`, 's');
const aroundQuoted = new RegExp(`^(${quote}|[\\p{Cc}\u2028\u2029 ])+|(${quote}|[\\p{Cc}\u2028\u2029 ])+$`, 'gu');

/** The identifier as the service keeps and compares it, and as a file is sealed for it. */
export function canonicalHwid(raw) {
  const cleaned = raw.replace(unseen, '').replace(blanks, ' ').replace(around, '');
  const hwid = quoted.test(cleaned) ? cleaned.replace(aroundQuoted, '') : cleaned;
  const upper = hwid.replace(/[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g, '-').toUpperCase();
  const bare = /^\{.*\}$|^\(.*\)$/.test(upper) ? upper.slice(1, -1) : upper;
  return /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(bare) ? bare : hwid;
}

/** The text of a file, whatever an editor or a shell saved it as: UTF-8, with a byte order mark or not, or UTF-16. */
export function textOf(bytes) {
  const swapped = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[1] !== 0);
  const wide = swapped || (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] !== 0 && bytes[1] === 0);
  const text = wide ? new TextDecoder(swapped ? 'utf-16be' : 'utf-16le').decode(bytes) : bytes.toString('utf8');
  return text.replace(/^\ufeff/, '');
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

async function send(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  // The bytes as they came: parsing and writing them again would not give the same.
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) {
    const refusal = parse(bytes) ?? { code: `http_${response.status}`, message: 'No answer of the service' };
    throw new Refused(response.status, refusal, Number(response.headers.get('retry-after')) || null);
  }
  return { response, bytes };
}

/**
 * Asks whether this machine may run → the answer, proven. A `session` of our staff stands for key and machine. Throws
 * NotProven, Refused, or fetch's error when offline.
 */
export async function checkLicense({ url, keys, licenseKey, hwid, session, clientVersion, os }) {
  const nonce = randomBytes(16).toString('base64url');
  const { response, bytes } = session
    ? await send(url, { nonce }, { authorization: `Bearer ${session}` })
    : await send(url, { license_key: licenseKey, hwid, client_version: clientVersion, os, nonce });
  const [signature, kid] = ['x-signature', 'x-key-id'].map((name) => response.headers.get(name) ?? '');
  if (!isSigned(bytes, signature, keys, kid))
    throw new NotProven('not_signed', 'The answer is not signed by a key we know');
  const answer = parse(bytes);
  if (answer?.nonce !== nonce) throw new NotProven('not_mine', 'The answer belongs to another question');
  return answer;
}

/**
 * What opens `whatautosys://session#…` on the PC of our staff: redeems the address, which works once and for a minute
 * → `{session, expires_at, banner}`. Keep the session in memory only, and show the banner as long as it lasts.
 */
export async function openSession({ url, address, hwid }) {
  const token = /^whatautosys:\/\/session\/?#(wao_[0-9a-f]+)$/.exec(address)?.[1];
  if (!token) throw new Error('This is no address of a session');
  return parse((await send(url, { token, hwid })).bytes);
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
  if (alg !== 'aes-256-gcm+ed25519' || typeof enc !== 'string' || typeof sig !== 'string')
    throw new NotProven('not_a_license_file', 'The file is not a licence, or of a later kind');
  if (!isSigned(Buffer.from(`license/${enc}`), sig, keys))
    throw new NotProven('wrong_signature', 'The file is not signed by a key we know');
  const contents = parse(decrypt(enc, licenseKey + canonicalHwid(hwid)));
  if (!contents) throw new NotProven('other_machine', 'The file belongs to another licence or another machine');
  const { issued, expiry } = contents.meta;
  if (now < Date.parse(issued) - day) throw new NotProven('clock_behind', 'The clock of this machine is behind');
  if (now >= Date.parse(expiry)) throw new NotProven('expired', 'The file has expired');
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

/** In the name of a customer, until it ends: here for one check. */
async function checkInSession(url, keys, address, hwid) {
  const opened = await openSession({ url: url.replace(/license-check$/, 'client-session'), address, hwid });
  return { ...(await checkLicense({ url, keys, session: opened.session })), banner: opened.banner };
}

/**
 * `check URL KEYS.json LICENCE HWID`, `session URL KEYS.json ADDRESS HWID` or `file license.key KEYS.json LICENCE HWID
 * [INSTANT]` → JSON, and 0.
 */
export async function main([command, target, keysPath, typed, hwid, at]) {
  const { keys } = JSON.parse(textOf(readFileSync(keysPath)));
  const licenseKey = canonicalKey(typed);
  if (!licenseKey && command !== 'session') return { valid: false, error: 'not_a_key' };
  try {
    if (command === 'session') return await checkInSession(target, keys, typed, hwid);
    if (command === 'check') return await checkLicense({ url: target, keys, licenseKey, hwid });
    const now = at ? new Date(at) : new Date();
    return { valid: true, ...openLicenseFile(textOf(readFileSync(target)), { keys, licenseKey, hwid, now }) };
  } catch (error) {
    if (error instanceof NotProven)
      return { valid: false, error: 'not_proven', reason: error.code, message: error.message };
    if (error instanceof Refused) return { valid: false, error: error.code, retry_after: error.retryAfter };
    return { valid: false, error: 'unreachable', message: String(error) };
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const result = await main(argv.slice(2));
  console.log(JSON.stringify(result));
  process.exitCode = result.valid ? 0 : 1;
}
