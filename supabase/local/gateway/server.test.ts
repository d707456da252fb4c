import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createClient } from '@supabase/supabase-js';
import ws from 'ws';
import { loadKeys } from './keys.ts';
import { createTokens } from './tokens.ts';
import { createUser, startTestGateway, type TestGateway } from './testing.ts';

let home: TestGateway;
let url: string;
beforeAll(async () => {
  home = await startTestGateway();
  url = `http://127.0.0.1:${(await home.gateway.listen(0)).port}`;
}, 60_000);
afterAll(() => home.stop());

describe('over a real port', () => {
  test('unmodified supabase-js signs in and reads the own user', async () => {
    const user = await createUser(home);
    const client = createClient(url, home.ctx.keys.publishable, {
      auth: { persistSession: false },
      realtime: { transport: ws as never },
    });
    expect((await client.auth.signInWithPassword(user)).error).toBeNull();
    expect((await client.auth.getUser()).data.user?.email).toBe(user.email);
    await client.auth.stopAutoRefresh();
  });

  test('answers preflights before any check, and lets a page read the headers it needs', async () => {
    const preflight = await fetch(`${url}/rest/v1/x`, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://a.test',
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'apikey,prefer',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('apikey,prefer');
    const refused = await fetch(`${url}/rest/v1/x`, { headers: { origin: 'http://a.test' } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(refused.headers.get('access-control-expose-headers')).toContain('Content-Range');
  });

  test('gives every answer an id of its own', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () =>
        (await fetch(`${url}/auth/v1/health`, { headers: { apikey: home.ctx.keys.publishable } })).headers.get(
          'sb-request-id',
        ),
      ),
    );
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('answers 404 for unknown paths and 503 for a part that is not running', async () => {
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    expect((await fetch(`${url}/auth/v10/token`)).status).toBe(404);
    expect((await fetch(`${url}/functions/v1/x`)).status).toBe(503);
  });

  test('answers 413 to a REST body over its limit', async () => {
    const body = `{"rows":"${'x'.repeat(17 * 1024 * 1024)}"}`;
    const response = await home.request('/rest/v1/rpc/x', {
      method: 'POST',
      body,
      headers: { apikey: home.ctx.keys.secret },
    });
    expect(response.status).toBe(413);
  });

  test('closes an upgrade nobody serves', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
        socket.write(
          'GET /realtime/v1/websocket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: ' +
            'websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: eA==\r\n\r\n',
        ),
      );
      let text = '';
      socket
        .on('data', (chunk: Buffer) => void (text += chunk.toString()))
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    expect(answer).toContain('404');
  });
});

describe('keys', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'keys-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  test('are made once, random, and readable by their owner only', async () => {
    const first = await loadKeys(folder);
    expect(statSync(join(folder, 'keys.json')).mode & 0o777).toBe(0o600);
    const again = await loadKeys(folder);
    expect([again.secret, again.signing.kid, again.legacyAnon]).toEqual([
      first.secret,
      first.signing.kid,
      first.legacyAnon,
    ]);
    expect(first.publishable).toMatch(/^sb_publishable_[\w-]{22}_[\w-]{8}$/);
    const other = mkdtempSync(join(tmpdir(), 'keys-'));
    expect((await loadKeys(other)).secret).not.toBe(first.secret);
    rmSync(other, { recursive: true });
    expect(JSON.stringify(first.jwks)).not.toContain(
      (JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as { signing_key: { d: string } }).signing_key.d,
    );
  });

  test('that are damaged are reported with their path', async () => {
    writeFileSync(join(folder, 'keys.json'), '{');
    await expect(loadKeys(folder)).rejects.toThrow(join(folder, 'keys.json'));
  });

  test('of another home sign nothing here', async () => {
    const mine = createTokens(await loadKeys(folder));
    const other = mkdtempSync(join(tmpdir(), 'keys-'));
    const seconds = Math.floor(Date.now() / 1000);
    const token = await createTokens(await loadKeys(other)).sign({
      role: 'service_role',
      iat: seconds,
      exp: seconds + 60,
    });
    await expect(mine.verify(token)).rejects.toMatchObject({ code: 'bad_jwt' });
    rmSync(other, { recursive: true });
  });

  test('a token that was verified once is refused after its end', async () => {
    let now = Date.now();
    const tokens = createTokens(await loadKeys(folder), () => new Date(now));
    const seconds = Math.floor(now / 1000);
    const token = await tokens.sign({ role: 'anon', iat: seconds, exp: seconds + 60 });
    expect(await tokens.verify(token)).toMatchObject({ role: 'anon' });
    now += 61_000;
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'jwt_expired' });
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'jwt_expired' });
  });
});
