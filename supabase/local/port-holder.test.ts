import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { portHolder } from './port-holder.ts';
import { assertPortFree, freePort } from './process.ts';

test('a taken port names the program that has it', async () => {
  const script = `require('node:net').createServer().listen(0, '127.0.0.1', function () {
    console.log(this.address().port) })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(
    await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data)))),
  );
  const failure = assertPortFree(port, 'mailbox', 0);
  await expect(failure).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringMatching(
      new RegExp(`^Port ${port} \\(mailbox\\) is taken by \\S+ \\(process ${child.pid}\\)`),
    ),
  });
  child.kill();
});

test('a port that is given back in a moment is waited for', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  const free = assertPortFree(port, 'mailbox');
  server.close();
  await expect(free).resolves.toBeUndefined();
});

test('a port nobody has names nobody', async () => {
  expect(portHolder(await freePort())).toBe('a connection that is just ending');
});
