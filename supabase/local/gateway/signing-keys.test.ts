import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  type JWK,
} from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadKeys } from './keys.ts';
import { createUser, signIn, startTestGateway, type TestGateway } from './testing.ts';
import { createTokens } from './tokens.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'signing-keys-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function key(alg: 'ES256' | 'RS256', kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  // As `supabase gen signing-key` writes them.
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig', key_ops: ['sign', 'verify'], ext: true };
}

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const claims = () => {
  const now = Math.floor(Date.now() / 1000);
  return { sub: 'someone', role: 'authenticated', iat: now, exp: now + 60 };
};

test.each(['ES256', 'RS256'] as const)(
  'the first key signs, here by %s; every one is published, none in private',
  async (alg) => {
    const other = await key(alg === 'ES256' ? 'RS256' : 'ES256', 'older');
    const path = write(`${alg}.json`, [await key(alg, 'newest'), other]);
    const keys = await loadKeys(folder, path);
    const token = await createTokens(keys).sign(claims());
    expect(decodeProtectedHeader(token)).toMatchObject({ alg, kid: 'newest' });
    expect((await jwtVerify(token, createLocalJWKSet(keys.jwks))).payload.sub).toBe('someone');
    expect(keys.jwks.keys.map(({ kid }) => kid)).toEqual(['newest', 'older', expect.any(String)]);
    for (const jwk of keys.jwks.keys)
      expect(Object.keys(jwk).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name))).toEqual([]);
  },
);

test('what an older key or the home’s own signed is still verified, a forgery under its name is not', async () => {
  const [older, newest] = [await key('RS256', 'older'), await key('ES256', 'newest')];
  const before = [
    await createTokens(await loadKeys(folder)).sign(claims()),
    await createTokens(await loadKeys(folder, write('before.json', [older]))).sign(claims()),
  ];
  const tokens = createTokens(await loadKeys(folder, write('after.json', [newest, older])));
  for (const token of before) expect((await tokens.verify(token)).sub).toBe('someone');
  const forged = createTokens(await loadKeys(folder, write('forged.json', [await key('RS256', 'older')])));
  await expect(tokens.verify(await forged.sign(claims()))).rejects.toMatchObject({ code: 'bad_jwt' });
  const confused = new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'older' });
  const secret = new TextEncoder().encode(JSON.stringify(older.n));
  await expect(tokens.verify(await confused.sign(secret))).rejects.toMatchObject({ code: 'bad_jwt' });
});

test('a file that holds no such keys is refused by name', async () => {
  const good = await key('ES256', 'a');
  const { d: _private, ...publicHalf } = good;
  const cases: [unknown, RegExp][] = [
    ['{', /cannot be read as JSON/],
    [[], /must hold an array/],
    [{ keys: [good] }, /must hold an array/],
    [[null], /kid of its own/],
    [[good, good], /kid of its own/],
    [[{ ...good, kid: undefined }], /kid of its own/],
    [[{ ...good, alg: 'HS256' }], /neither ES256 nor RS256/],
    [[{ ...good, alg: 'RS256' }], /no key for RS256/],
    [[publicHalf], /without its private part/],
  ];
  for (const [content, message] of cases) {
    const path = write('bad.json', content);
    await expect(loadKeys(folder, path)).rejects.toThrow(message);
    await expect(loadKeys(folder, path)).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringContaining(path),
    });
  }
  await expect(loadKeys(folder, join(folder, 'absent.json'))).rejects.toMatchObject({ code: 'BAD_CONFIG' });
});

describe('a token that does not end', () => {
  let home: TestGateway;
  let endless: string;
  beforeAll(async () => {
    home = await startTestGateway();
    const client = await signIn(home, await createUser(home));
    const { exp: _end, ...rest } = await home.ctx.verifyToken(
      (await client.auth.getSession()).data.session!.access_token,
    );
    endless = await home.ctx.tokens.sign(rest);
  });
  afterAll(() => home.stop());
  const as = (token: string) => ({ headers: { apikey: home.ctx.keys.publishable, authorization: `Bearer ${token}` } });

  test('is taken by Auth and REST, today and in a year', async () => {
    for (let year = 0; year < 2; year++) {
      expect((await home.request('/auth/v1/user', as(endless))).status).toBe(200);
      expect((await home.request('/rest/v1/nothing', as(endless))).status).toBe(404);
      home.advance(365 * 86_400);
    }
  });

  test('whose end is no number is refused by both', async () => {
    const odd = await home.ctx.tokens.sign({ role: 'anon', exp: 'tomorrow' as unknown as number });
    expect((await home.request('/auth/v1/user', as(odd))).status).toBe(403);
    expect((await home.request('/rest/v1/nothing', as(odd))).status).toBe(401);
  });
});
