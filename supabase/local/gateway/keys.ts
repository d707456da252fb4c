import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';

export interface ApiKeys {
  publishable: string;
  secret: string;
  /** Legacy API keys: HS256 tokens signed with `legacySecret`. */
  legacyAnon: string;
  legacyServiceRole: string;
  legacySecret: string;
  /** lite's own secret (signed storage addresses); no token of ours is signed with it. */
  liteSecret: string;
  signing: { kid: string; privateKey: CryptoKey; publicKey: CryptoKey; privateJwk: JWK };
  jwks: { keys: JWK[] };
}

interface KeyFile {
  publishable_key: string;
  secret_key: string;
  anon_key: string;
  service_role_key: string;
  jwt_secret: string;
  lite_secret: string;
  signing_key: JWK;
}

const legacyKeyYears = 10;

/** Reads `<data dir>/keys.json`, or makes it at the first start. */
export async function loadKeys(dataDir: string): Promise<ApiKeys> {
  const path = join(dataDir, 'keys.json');
  const stored = await readKeyFile(path);
  if (stored) {
    await chmod(path, 0o600);
    return importKeys(stored);
  }
  const fresh = await generateKeyFile();
  await mkdir(dataDir, { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(fresh, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
  return importKeys(fresh);
}

async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as KeyFile;
  } catch (cause) {
    throw new Error(`Read the API keys: "${path}" is not JSON; run "npm run reset" or delete it`, { cause });
  }
}

async function generateKeyFile(): Promise<KeyFile> {
  const jwtSecret = randomBytes(40).toString('base64url');
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const kid = crypto.randomUUID();
  return {
    publishable_key: opaqueKey('sb_publishable_'),
    secret_key: opaqueKey('sb_secret_'),
    anon_key: await legacyKey('anon', jwtSecret),
    service_role_key: await legacyKey('service_role', jwtSecret),
    jwt_secret: jwtSecret,
    lite_secret: randomBytes(40).toString('base64url'),
    signing_key: { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' },
  };
}

/** Hosted keys end in a checksum too, so that a mistyped key is told from a revoked one. */
function opaqueKey(prefix: string): string {
  const body = prefix + randomBytes(17).toString('base64url').slice(0, 22);
  return `${body}_${createHash('sha256').update(body).digest('base64url').slice(0, 8)}`;
}

function legacyKey(role: string, secret: string): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000);
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('supabase')
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + legacyKeyYears * 365 * 86_400)
    .sign(new TextEncoder().encode(secret));
}

async function importKeys(file: KeyFile): Promise<ApiKeys> {
  const { d: _private, ...publicJwk } = file.signing_key;
  return {
    publishable: file.publishable_key,
    secret: file.secret_key,
    legacyAnon: file.anon_key,
    legacyServiceRole: file.service_role_key,
    legacySecret: file.jwt_secret,
    liteSecret: file.lite_secret,
    signing: {
      kid: file.signing_key.kid!,
      privateKey: (await importJWK(file.signing_key, 'ES256')) as CryptoKey,
      publicKey: (await importJWK(publicJwk, 'ES256')) as CryptoKey,
      privateJwk: file.signing_key,
    },
    jwks: { keys: [{ ...publicJwk, key_ops: ['verify'] }] },
  };
}
