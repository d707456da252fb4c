// Proves a license.key without network: node verify.mjs license.key keys.json
// keys.json is what GET license-check/keys answers. Opening the contents needs the licence key as well.
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** UTF-8 with a byte order mark or not, or UTF-16, as Windows' shell and editors save it. */
function textOf(bytes) {
  const swapped = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[1] !== 0);
  const wide = swapped || (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] !== 0 && bytes[1] === 0);
  const text = wide ? new TextDecoder(swapped ? 'utf-16be' : 'utf-16le').decode(bytes) : bytes.toString('utf8');
  return text.replace(/^\ufeff/, '');
}

/** What a file's bytes are by the bytes of the keys: `genuine`, or why not. */
export function verdict(fileBytes, keyBytes) {
  const [file, keys] = [fileBytes, keyBytes].map(textOf);
  const body = /^\s*-----BEGIN LICENSE FILE-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END LICENSE FILE-----\s*$/.exec(
    file,
  )?.[1];
  if (!body) return 'no licence file';
  let envelope;
  try {
    envelope = JSON.parse(Buffer.from(body, 'base64').toString());
  } catch {
    return 'no licence file';
  }
  const { enc, sig, alg } = envelope ?? {};
  if (alg !== 'aes-256-gcm+ed25519' || typeof enc !== 'string' || typeof sig !== 'string') return 'no licence file';
  const isSigned = JSON.parse(keys).keys.some((jwk) =>
    verify(
      null,
      Buffer.from(`license/${enc}`),
      createPublicKey({ key: jwk, format: 'jwk' }),
      Buffer.from(sig, 'base64'),
    ),
  );
  return isSigned ? 'genuine' : 'wrong signature';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const said = verdict(...process.argv.slice(2, 4).map((path) => readFileSync(path)));
  console.log(said === 'genuine' ? said : `NOT genuine: ${said}`);
  process.exit(said === 'genuine' ? 0 : 1);
}
