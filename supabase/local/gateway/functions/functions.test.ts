import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../config.ts';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import type { GatewayContext } from '../context.ts';
import { createFunctions, type FunctionsPart } from './host.ts';

const sources: Record<string, string> = {
  hello: `import postgres from 'postgres';
    import { z } from 'zod';
    Deno.serve(async (request) => Response.json({
      driver: typeof postgres, schema: typeof z.object,
      path: new URL(request.url).pathname, query: new URL(request.url).search,
      method: request.method, body: await request.text(), forwarded: request.headers.get('x-forwarded-for'),
      realIp: request.headers.get('x-real-ip'), secret: Deno.env.get('MY_SECRET'), home: Deno.env.get('HOME') ?? null,
    }, { status: 201, headers: { 'set-cookie': 'a=1' } }));`,
  declarative: `export default {
    fetch: () => new Response('<b>x</b>', { headers: { 'content-type': 'text/html' } }),
  };`,
  throws: `Deno.serve(() => { throw new Error('boom'); });`,
  exits: `Deno.serve(() => { Deno.exit(3); });`,
  broken: `import 'npm:not-installed@1.0.0'; Deno.serve(() => new Response('never'));`,
  drips: `const gone = []; Deno.serve((r) => {
    if (r.url.endsWith('/gone')) return new Response(gone.join());
    r.signal.addEventListener('abort', () => gone.push('gone'));
    return new Response(new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode('first')) }));
  });`,
  hasty: `Deno.serve(() => new Response('early', { headers: { 'x-latin': 'caf\u00e9' } }));`,
  silent: `export const nothing = 1;`,
  hangs: `Deno.serve(async (r) =>
    r.method === 'GET' ? new Response(String(performance.timeOrigin)) : new Promise(() => {}));`,
  peeks:
    `Deno.serve(async () => { try { return new Response(await Deno.readTextFile('/etc/passwd')); } catch ` +
    '(error) { return new Response(error.name); } });',
};
const open = new Set([
  'hello',
  'declarative',
  'throws',
  'exits',
  'broken',
  'silent',
  'hangs',
  'peeks',
  'drips',
  'hasty',
]);

let root: string;
let part: FunctionsPart;
let server: Server;
const logged: string[] = [];

const call = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/functions/v1/${path}`, init);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'home-functions-'));
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));
  const folder = join(root, 'edge-functions');
  for (const [name, source] of Object.entries(sources)) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'index.ts'), source);
  }
  mkdirSync(join(folder, 'guarded'));
  writeFileSync(join(folder, 'guarded', 'index.ts'), `Deno.serve(() => new Response('in'));`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies: { postgres: '3.4.9', zod: '4.6.7' } }));
  writeFileSync(
    join(folder, 'deno.json'),
    JSON.stringify({ imports: { postgres: 'npm:postgres@3.4.9', zod: 'npm:zod@4.6.7' } }),
  );
  const record = (message: string) => void logged.push(message);
  const context = {
    config: { root, dataDir: root, projectFolder: root },
    log: { info: record, warn: record, error: record },
    verifyToken: async (jwt: string) => {
      if (jwt !== 'good') throw new Error('bad signature');
      return {};
    },
  } as unknown as GatewayContext;
  part = createFunctions(context, {
    functions: [...open, 'guarded'].map((name) => ({
      name,
      verifyJwt: !open.has(name),
      entrypoint: join(folder, name, 'index.ts'),
      importMap: join(folder, 'deno.json'),
    })),
    environment: { MY_SECRET: 's3cret' },
    wallMilliseconds: 3000,
    maxBodyBytes: 512 * 1024,
  });
  server = createServer((request, response) => void part.handle(request, response, { ip: '198.51.100.7' }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}, 30_000);

afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await part?.stop();
  rmSync(root, { recursive: true, force: true });
});

describe('a call', () => {
  test('reaches the function with path, query, body and secrets; the process environment stays out', async () => {
    const response = await call('hello/rest/x?a=1', { method: 'PUT', body: 'été' });
    expect([response.status, response.headers.get('set-cookie')]).toEqual([201, 'a=1']);
    expect(await response.json()).toMatchObject({
      driver: 'function',
      schema: 'function',
      path: '/hello/rest/x',
      query: '?a=1',
      method: 'PUT',
      body: 'été',
      secret: 's3cret',
      home: null,
    });
  });

  test("carries the caller's address, whatever the caller claims", async () => {
    const response = await call('hello', { headers: { 'x-forwarded-for': '1.1.1.1', 'x-real-ip': '1.1.1.1' } });
    expect(await response.json()).toMatchObject({ forwarded: '198.51.100.7', realIp: null });
  });

  test('streams a body larger than the buffer', async () => {
    const response = await call('hello', { method: 'POST', body: 'x'.repeat(400 * 1024) });
    expect(((await response.json()) as { body: string }).body).toHaveLength(400 * 1024);
  });

  test('gets an answer as it is made; hanging up ends it in the function as well', async () => {
    const hangUp = new AbortController();
    const response = await call('drips', { signal: hangUp.signal });
    const { value } = await response.body!.getReader().read();
    expect(new TextDecoder().decode(value)).toBe('first');
    hangUp.abort();
    await expect.poll(async () => (await call('drips/gone')).text(), { timeout: 5_000 }).toBe('gone');
  });

  test('is answered before its body was read, again and again, headers byte for byte', async () => {
    for (let time = 0; time < 3; time += 1) {
      const response = await call('hasty', { method: 'POST', body: 'x'.repeat(400 * 1024) });
      expect([await response.text(), response.headers.get('x-latin')]).toEqual(['early', 'caf\u00e9']);
    }
  });

  test.each([
    ['declared', () => ({ body: 'x'.repeat(600 * 1024) })],
    ['streamed', () => ({ body: new Blob(['x'.repeat(600 * 1024)]).stream(), duplex: 'half' })],
  ])('with a body over the limit, %s, gets 413', async (_, init) => {
    expect((await call('hello', { method: 'POST', ...init() } as RequestInit)).status).toBe(413);
  });

  test('of a declarative function works; a page is sent as text', async () => {
    const response = await call('declarative');
    expect([await response.text(), response.headers.get('content-type')]).toEqual([
      '<b>x</b>',
      'text/plain; charset=utf-8',
    ]);
  });

  test('of an unknown function gets 404', async () => {
    expect((await call('nobody')).status).toBe(404);
    expect((await call('')).status).toBe(404);
  });

  test('cannot read files outside the sources', async () => {
    expect(await (await call('peeks')).text()).toBe('NotCapable');
  });
});

describe('verify_jwt', () => {
  test.each([
    ['no header', {}, 401, '{"msg":"Missing authorization header"}'],
    ['an API key as bearer', { authorization: 'Bearer sb_publishable_x' }, 401, '{"msg":"Invalid JWT"}'],
    ['a bad token', { authorization: 'Bearer bad' }, 401, '{"msg":"Invalid JWT"}'],
    ['a good token', { authorization: 'Bearer good' }, 200, 'in'],
  ])('with %s', async (_, headers, status, body) => {
    const response = await call('guarded', { headers: headers as Record<string, string> });
    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  test('does not hold back OPTIONS', async () => {
    expect((await call('guarded', { method: 'OPTIONS' })).status).toBe(200);
  });
});

describe('failures', () => {
  test.each([
    ['throws', 500, 'WORKER_ERROR'],
    ['exits', 500, 'WORKER_ERROR'],
    ['broken', 503, 'BOOT_ERROR'],
    ['silent', 503, 'BOOT_ERROR'],
  ])('%s: %i %s, twice alike', async (name, status, code) => {
    for (let time = 0; time < 2; time += 1) {
      const response = await call(name);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ code });
    }
  });

  test('are logged with the name of the function', () => {
    expect(logged.some((line) => line.startsWith('[throws] Error: boom'))).toBe(true);
  });

  test('a call without answer gets 504 and the next call a new process', async () => {
    const before = await (await call('hangs')).text();
    const response = await call('hangs', { method: 'POST' });
    expect([response.status, await response.json()]).toMatchObject([504, { code: 'IDLE_TIMEOUT' }]);
    expect(await (await call('hangs')).text()).not.toBe(before);
  }, 15_000);
});

test('300 callers who hang up in the middle of a body, more than there are connections, end nothing', async () => {
  const strays: unknown[] = [];
  const onStray = (error: unknown) => void strays.push(error);
  process.on('uncaughtException', onStray);
  const { port } = server.address() as AddressInfo;
  const head = 'POST /functions/v1/hello HTTP/1.1\r\nhost: x\r\ncontent-length: 400000\r\n\r\nx';
  const callers = await Promise.all(
    Array.from(
      { length: 300 },
      () =>
        new Promise<ReturnType<typeof createConnection>>((resolve) => {
          const socket = createConnection(port, '127.0.0.1', () => socket.write(head, () => resolve(socket)));
          socket.on('error', () => undefined);
        }),
    ),
  );
  // An answer from elsewhere: all of them have reached the host.
  await (await call('nobody')).text();
  const ended = callers.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of callers) socket.resetAndDestroy();
  await Promise.all(ended);
  expect((await call('hello')).status).toBe(201);
  process.off('uncaughtException', onStray);
  expect(strays).toEqual([]);
});

test('a changed source is served without a restart of the home', async () => {
  const file = join(root, 'edge-functions', 'guarded', 'index.ts');
  const read = async () => (await call('guarded', { headers: { authorization: 'Bearer good' } })).text();
  expect(await read()).toBe('in');
  writeFileSync(file, `Deno.serve(() => new Response('changed'));`);
  await expect.poll(read, { timeout: 10_000 }).toBe('changed');
}, 15_000);
