import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from './testing.ts';

let home: TestGateway;
let port: number;
beforeAll(async () => {
  home = await startTestGateway();
  ({ port } = await home.gateway.listen(0));
});
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

/** Bytes no client library would send. → the status, or what came instead */
function send(line: string, ...headers: string[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', (error) => resolve(String(error)));
    socket.on('close', () => resolve(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? `no answer: ${text}`));
    const all = [`${line} HTTP/1.1`, `apikey: ${home.ctx.keys.publishable}`, 'connection: close', ...headers, '', ''];
    socket.write(Buffer.from(all.join('\r\n'), 'latin1'));
  });
}
const host = 'host: 127.0.0.1';

describe('the head of a request', () => {
  test.each(['TRACE', 'PROPFIND', 'LINK', 'CONNECT'])('with method %s is answered 405', async (method) => {
    expect(await send(`${method} /rest/v1/x`, host)).toBe('405');
  });

  test.each(['host: a b', 'host:', 'host: [', 'host: x:99999999', 'host: \xe9', 'host: a/b', 'x-no: host'])(
    'with %j is answered 400',
    async (line) => {
      expect(await send('GET /auth/v1/health', line)).toBe('400');
    },
  );

  test.each(['localhost', 'api.example.test:443', '[::1]:54321', 'under_score'])(
    'of host %s is taken',
    async (name) => {
      expect(await send('GET /auth/v1/health', `host: ${name}`)).toBe('200');
    },
  );

  test('with an absolute target is answered as with its path, with none 400', async () => {
    expect(await send('GET http://elsewhere.test/auth/v1/health', host)).toBe('200');
    expect(await send('GET *', host)).toBe('400');
    expect(await send('GET http://[', host)).toBe('400');
  });

  test.each([
    ['/rest/v1/%zz', '404'],
    ['/rest/v1/x%00', '404'],
    ['/rest/v1/rpc/%C3%28', '404'],
    ['//rest//v1', '404'],
    ['/storage/v1/object/public/a/%zz', '400'],
    ['/storage/v1/object/public/a/b%00', '400'],
    ['/auth/v1/%zz', '404'],
    [`/auth/v1/${'x'.repeat(6_000)}`, '404'],
    ['/rest/v1/../../etc/passwd', '404'],
    ['/functions/v1', '503'],
  ])('with path %s is answered %s', async (path, status) => {
    expect(await send(`GET ${path}`, host)).toBe(status);
  });

  test.each([20_000, 2_000_000, 6_000_000])('of %d bytes is answered 431, and the answer arrives', async (length) => {
    expect(await send('GET /auth/v1/health', host, `x-long: ${'a'.repeat(length)}`)).toBe('431');
    expect(await send(`GET /auth/v1/${'x'.repeat(length)}`, host)).toBe('431');
  });

  test('without an end is taken in for a while, then cut off', async () => {
    const ended = await new Promise<number>((resolve) => {
      let sent = 0;
      const socket = connect(port, '127.0.0.1');
      const more = () => {
        while (!socket.destroyed && socket.write('a'.repeat(65_536))) sent += 65_536;
      };
      socket.on('drain', more).on('error', () => undefined);
      socket.resume().once('close', () => resolve(sent));
      socket.write(`GET / HTTP/1.1\r\n${host}\r\nx-long: `, more);
    });
    expect(ended).toBeLessThan(64 * 1024 * 1024);
  });

  test.each([
    'authorization: Bearer \xe9\xff',
    'user-agent: \xff\xfe',
    'x-client-info: \xc3\xa9',
    'cookie: \xe9',
    'range: x',
  ])('with %j is answered, whatever it makes of it', async (line) => {
    expect(await send('GET /rest/v1/x', host, line)).toMatch(/^4\d\d$/);
    expect(await send('GET /auth/v1/user', host, line)).toMatch(/^4\d\d$/);
  });
});
