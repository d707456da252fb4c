import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseHeaders, serveFiles } from './console-files.mjs';

let root: string;
let server: Server;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'home-console-'));
  mkdirSync(join(root, 'build', 'assets'), { recursive: true });
  writeFileSync(join(root, 'secret.txt'), 'secret');
  const build = {
    'index.html': '<p>page</p>',
    'assets/app-abc.js': 'app()',
    '.env': 'secret',
    _headers: '/*\n  X-All: yes\n/index.html\n  Cache-Control: no-cache\n/assets/*\n  Cache-Control: immutable\n',
  };
  for (const [name, text] of Object.entries(build)) writeFileSync(join(root, 'build', name), text);
  server = serveFiles(join(root, 'build'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(root, { recursive: true, force: true });
});

/** Paths go out as they are: fetch would tidy them. */
const get = (path: string, method = 'GET') =>
  new Promise<unknown[]>((resolve, reject) =>
    request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path, method }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => {
        const { 'x-all': all, 'cache-control': cache, 'content-type': type } = response.headers;
        resolve([response.statusCode, text, type?.split(';')[0], cache, all]);
      });
    })
      .once('error', reject)
      .end(),
  );

const page = [200, '<p>page</p>', 'text/html', 'no-cache', 'yes'];

test.each(['/', '/index.html', '/rooms/42?q=a', '/unknown.path', '/_headers', '/.env', '/%00'])(
  'the page is what %s shows, and never kept',
  async (path) => expect(await get(path)).toEqual(page),
);

test.each(['/../secret.txt', '/..%2f..%2fsecret.txt', '/assets/../../secret.txt', '//..//secret.txt'])(
  'no path such as %s leads out of the folder',
  async (path) => expect(JSON.stringify(await get(path))).not.toContain('"secret"'),
);

test('a hashed file is kept for good; one that is missing is 404 and not the page', async () => {
  expect(await get('/assets/app-abc.js')).toEqual([200, 'app()', 'text/javascript', 'immutable', 'yes']);
  expect(await get('/assets/gone-abc.js')).toEqual([404, 'Not found', undefined, undefined, 'yes']);
});

test('HEAD has the headers alone; nothing is written; a path that cannot be read is refused', async () => {
  expect(await get('/', 'HEAD')).toEqual([200, '', ...page.slice(2)]);
  expect((await get('/', 'POST'))[0]).toBe(405);
  expect((await get('/%E0'))[0]).toBe(400);
});

test('headers are read as hosts write them', () => {
  expect(parseHeaders('/*\n  A: b: c\n\n/x\n  D: e\n')).toEqual([
    ['/*', { a: 'b: c' }],
    ['/x', { d: 'e' }],
  ]);
});
