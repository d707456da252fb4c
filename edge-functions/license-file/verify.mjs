// Proves a license.key without network: node verify.mjs license.key keys.json
// keys.json is what GET license-check/keys answers. Opening the contents needs the licence key as well.
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [file, keys] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
const isProven = () => {
  const body = /^-----BEGIN LICENSE FILE-----\n([A-Za-z0-9+/=\n]+)\n-----END LICENSE FILE-----\n$/.exec(file)?.[1];
  const { enc, sig, alg } = JSON.parse(Buffer.from(body, 'base64').toString());
  if (alg !== 'aes-256-gcm+ed25519') return false;
  const signature = Buffer.from(sig, 'base64');
  return JSON.parse(keys).keys.some((jwk) =>
    verify(null, Buffer.from(`license/${enc}`), createPublicKey({ key: jwk, format: 'jwk' }), signature),
  );
};
let proven = false;
try {
  proven = isProven();
} catch (error) {
  console.error(error.message);
}
console.log(proven ? 'genuine' : 'NOT genuine');
process.exit(proven ? 0 : 1);
