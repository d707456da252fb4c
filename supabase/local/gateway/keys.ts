import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { HomeError } from '../errors.ts';

export interface ApiKeys {
  publishable: string;
  secret: string;
  /** Legacy API keys: HS256 tokens signed with `legacySecret`. */
  legacyAnon: string;
  legacyServiceRole: string;
  legacySecret: string;
  /** lite's own secret (signed storage addresses); no token of ours is signed with it. */
  liteSecret: string;
  /** Signs the project's tokens. */
  signing: { kid: string; alg: SigningAlgorithm; privateKey: CryptoKey };
  /** What tokens may be signed with, by `kid`: the signing key, and those that signed before. */
  verifying: ReadonlyMap<string, { alg: SigningAlgorithm; publicKey: CryptoKey }>;
  jwks: { keys: JWK[] };
}

export type SigningAlgorithm = 'ES256' | 'RS256';

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

/**
 * Reads `<data dir>/keys.json`, or makes it at the first start. Keys of the project's own (`[auth] signing_keys_path`)
 * sign instead of the home's, which goes on verifying what it signed.
 */
export async function loadKeys(dataDir: string, signingKeysPath?: string): Promise<ApiKeys> {
  const own = signingKeysPath === undefined ? [] : await readSigningKeys(signingKeysPath);
  const path = join(dataDir, 'keys.json');
  const stored = await readKeyFile(path);
  if (stored) {
    await chmod(path, 0o600);
    return importKeys(stored, own);
  }
  const fresh = await generateKeyFile();
  await mkdir(dataDir, { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(fresh, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
  return importKeys(fresh, own);
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

type SigningKey = JWK & { kid: string; alg: SigningAlgorithm };

/** As `supabase gen signing-key` writes them: a JSON array of private keys, the newest first. */
async function readSigningKeys(path: string): Promise<SigningKey[]> {
  const refuse = (reason: string, cause?: unknown) =>
    new HomeError('BAD_CONFIG', `[auth] signing_keys_path: "${path}" ${reason}`, { cause });
  let keys: unknown;
  try {
    keys = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw refuse('cannot be read as JSON', cause);
  }
  if (!Array.isArray(keys) || keys.length === 0) throw refuse('must hold an array of keys');
  const known = new Set<string>();
  for (const key of keys as Partial<JWK>[]) {
    if (typeof key?.kid !== 'string' || key.kid === '' || known.has(key.kid))
      throw refuse('must name each key by a kid of its own');
    known.add(key.kid);
    if (key.alg !== 'ES256' && key.alg !== 'RS256')
      throw refuse(`holds key "${key.kid}", which is neither ES256 nor RS256`);
    if (typeof key.d !== 'string') throw refuse(`holds key "${key.kid}" without its private part`);
    await importPrivateKey(key as SigningKey).catch((cause: unknown) => {
      throw refuse(`holds key "${key.kid}", which is no key for ${key.alg}`, cause);
    });
  }
  return keys as SigningKey[];
}

/** Never a private part: what is not named here stays out. */
function publicJwk({ kty, kid, alg, crv, x, y, n, e }: SigningKey): JWK {
  const shape = kty === 'RSA' ? { n: n!, e: e! } : { crv: crv!, x: x!, y: y! };
  return { kty: kty!, kid, alg, use: 'sig', key_ops: ['verify'], ...shape };
}

async function importKeys(file: KeyFile, own: SigningKey[]): Promise<ApiKeys> {
  const home = { ...file.signing_key, alg: 'ES256' } as SigningKey;
  const all = [...own.filter(({ kid }) => kid !== home.kid), home];
  const [first] = own.length > 0 ? own : [home];
  const jwks = all.map(publicJwk);
  return {
    publishable: file.publishable_key,
    secret: file.secret_key,
    legacyAnon: file.anon_key,
    legacyServiceRole: file.service_role_key,
    legacySecret: file.jwt_secret,
    liteSecret: file.lite_secret,
    signing: { kid: first!.kid, alg: first!.alg, privateKey: await importPrivateKey(first!) },
    verifying: new Map(
      await Promise.all(
        all.map(async ({ kid, alg }, index) => {
          const publicKey = (await importJWK(jwks[index]!, alg)) as CryptoKey;
          return [kid, { alg, publicKey }] as const;
        }),
      ),
    ),
    jwks: { keys: jwks },
  };
}

/** `key_ops` of a file may name both uses, and a private key is imported for one. */
async function importPrivateKey({ key_ops: _uses, ...key }: SigningKey): Promise<CryptoKey> {
  return (await importJWK(key, key.alg)) as CryptoKey;
}
