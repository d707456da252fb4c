import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { repositoryRoot } from '../config.ts';
import type { GatewayContext } from './context.ts';
import { createFunctions } from './functions/host.ts';
import { createGateway, type Gateway } from './server.ts';

let root: string;
let gateway: Gateway;
let impatient: Gateway;
let port: number;
const sockets = new Set<Socket>();
const strays: unknown[] = [];
const onStray = (error: unknown) => void strays.push(error);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'home-hostile-'));
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));
  const folder = join(root, 'edge-functions', 'hello');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.ts'), `Deno.serve(async (r) => new Response('got ' + (await r.text()).length));`);
  const ignore = () => undefined;
  const context = {
    config: { root, dataDir: root, projectFolder: root, ports: { api: 0 } },
    log: { info: ignore, warn: ignore, error: ignore },
  } as unknown as GatewayContext;
  const item = { name: 'hello', verifyJwt: false, entrypoint: join(folder, 'index.ts'), importMap: undefined };
  const functions = createFunctions(context, { functions: [item], environment: {}, watch: false });
  gateway = createGateway(context, { functions });
  port = (await gateway.listen(0)).port;
  const limits = { headersTimeout: 150, requestTimeout: 300, connectionsCheckingInterval: 50 };
  impatient = createGateway(context, { functions }, limits);
}, 30_000);

afterAll(async () => {
  await impatient?.stop();
  await gateway?.stop();
  rmSync(root, { recursive: true, force: true });
});

// vitest listens as well, and fails the run: what is proven here is that it has nothing to hear.
beforeEach(() => {
  strays.length = 0;
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
});
afterEach(() => {
  process.off('uncaughtException', onStray).off('unhandledRejection', onStray);
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

function open(text: string, to = port): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port: to, host: '127.0.0.1' }, () => socket.write(text, () => resolve(socket)));
    sockets.add(socket);
    socket.once('error', reject).on('error', () => undefined);
  });
}

const head = (path: string, ...more: string[]) =>
  [`POST ${path} HTTP/1.1`, 'host: 127.0.0.1', ...more, '', ''].join('\r\n');
const closed = (socket: Socket) =>
  new Promise<void>((resolve) => (socket.closed ? resolve() : socket.resume().once('close', () => resolve())));
const hello = async (body: string) =>
  (await fetch(`http://127.0.0.1:${port}/functions/v1/hello`, { method: 'POST', body })).text();
/** What was queued when the callers hung up has been worked off. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

test.each([
  ['large and declared', ['content-length: 1000000'], 'x'.repeat(1000)],
  ['small and declared', ['content-length: 1000'], 'x'],
  ['chunked', ['transfer-encoding: chunked'], '3e8\r\nx'],
])(
  '300 half-sent bodies, %s, then hung up: the function answers the next',
  async (_, headers, part) => {
    await hello('');
    const callers = await Promise.all(
      Array.from({ length: 300 }, () => open(head('/functions/v1/hello', ...headers) + part)),
    );
    expect(await hello('while they hold')).toBe('got 15');
    const ended = callers.map(closed);
    for (const [index, socket] of callers.entries()) {
      if (index % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    await Promise.all(ended);
    expect(await hello('after')).toBe('got 5');
    await settle();
    expect(strays).toEqual([]);
  },
  30_000,
);

test('of 300 bodies that one address holds back, the oldest hundred are cut off', async () => {
  const callers: Socket[] = [];
  let ended = 0;
  for (let count = 0; count < 300; count += 1) {
    const socket = await open(`${head('/functions/v1/hello', 'content-length: 9')}x`);
    callers.push(socket);
    socket.resume().once('close', () => (ended += 1));
  }
  await expect.poll(() => ended, { timeout: 5_000 }).toBe(100);
  expect(callers.slice(0, 100).every((socket) => socket.destroyed)).toBe(true);
  callers[299]!.write('xxxxxxxx');
  const answer = await new Promise<string>((resolve) => callers[299]!.once('data', (data) => resolve(String(data))));
  expect(answer).toContain('got 9');
});

test.each([
  ['headers', 'POST /functions/v1/hello HTTP/1.1\r\nhost: x\r\n'],
  ['a body', `${head('/functions/v1/hello', 'content-length: 9')}x`],
  ['a large body', `${head('/functions/v1/hello', 'content-length: 900000')}x`],
])('who never ends %s is told 408 and loses the connection', async (_, text) => {
  const { port: to } = await impatient.listen(0);
  const socket = await open(text, to);
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  await closed(socket);
  expect(answer).toContain('408 Request Timeout');
});

test('an upgrade to nowhere whose caller resets the connection ends nothing', async () => {
  const upgrade = ['GET /nowhere HTTP/1.1', 'host: x', 'connection: upgrade', 'upgrade: websocket', '', ''];
  const callers = await Promise.all(Array.from({ length: 50 }, () => open(upgrade.join('\r\n'))));
  const ended = callers.map(closed);
  for (const socket of callers) socket.resetAndDestroy();
  await Promise.all(ended);
  expect(await hello('after')).toBe('got 5');
  await settle();
  expect(strays).toEqual([]);
});
