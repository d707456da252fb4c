import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMailApp } from './app.ts';
import { startMailbox } from './server.ts';
import { MailStore } from './store.ts';

const mail = {
  personalizations: [{ to: [{ email: 'ana@example.test', name: 'Ana' }], custom_args: { outbox_id: '7' } }],
  from: { email: 'noreply@example.test' },
  subject: 'Votre reçu',
  content: [
    { type: 'text/plain', value: 'Bonjour' },
    { type: 'text/html', value: '<p>Bonjour <img src="cid:logo"></p><script>alert(1)</script>' },
  ],
  attachments: [
    {
      content: Buffer.from('clé').toString('base64'),
      filename: 'reçu "é".txt',
      type: 'text/plain',
      content_id: 'logo',
    },
  ],
};

function mailbox(apiKey?: string) {
  const store = new MailStore();
  const app = createMailApp({ store, signal: new AbortController().signal, apiKey });
  const call = (path: string, init?: RequestInit) => app.request(`http://127.0.0.1${path}`, init);
  const send = (body: unknown, token = 'key') =>
    call('/v3/mail/send', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { store, app, call, send };
}

describe('POST /v3/mail/send', () => {
  test('takes a message: 202, an empty body and its id', async () => {
    const { send, store } = mailbox();
    const answer = await send(mail);
    expect([answer.status, await answer.text()]).toEqual([202, '']);
    expect(store.find(answer.headers.get('x-message-id') ?? '')).toMatchObject({
      subject: 'Votre reçu',
      text: 'Bonjour',
      customArgs: { outbox_id: '7' },
    });
  });

  test('sends one message per personalisation', async () => {
    const { send, store } = mailbox();
    await send({
      ...mail,
      personalizations: [...mail.personalizations, { to: [{ email: 'bo@example.test' }], subject: 'Other' }],
    });
    expect(store.list().map(({ to, subject }) => [to[0]?.email, subject])).toEqual([
      ['bo@example.test', 'Other'],
      ['ana@example.test', 'Votre reçu'],
    ]);
  });

  test.each([
    ['no bearer token', undefined],
    ['another key', 'Bearer other'],
  ])('refuses %s with 401', async (_, authorization) => {
    const { call, store } = mailbox('key');
    const answer = await call('/v3/mail/send', {
      method: 'POST',
      body: JSON.stringify(mail),
      headers: authorization ? { authorization } : {},
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({
      errors: [
        { message: 'The provided authorization grant is invalid, expired, or revoked', field: null, help: null },
      ],
    });
    expect(store.list()).toHaveLength(0);
  });

  test.each([
    ['personalizations', { ...mail, personalizations: [] }],
    ['personalizations.0.to', { ...mail, personalizations: [{ to: [] }] }],
    ['personalizations.0.to.0.email', { ...mail, personalizations: [{ to: [{ email: 'nobody' }] }] }],
    ['from.email', { ...mail, from: {} }],
    ['subject', { ...mail, subject: '' }],
    ['content', { ...mail, content: [] }],
    ['content.0.value', { ...mail, content: [{ type: 'text/plain', value: '' }] }],
    ['attachments.0.content', { ...mail, attachments: [{ content: '%%', filename: 'x' }] }],
    [null, 'not json'],
    [null, []],
  ])('names the wrong field %s with 400', async (field, body) => {
    const { send, store } = mailbox();
    const answer = await send(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ field }] });
    expect(store.list()).toHaveLength(0);
  });

  test('refuses more than 30 MB with 413', async () => {
    const { send } = mailbox();
    expect((await send('x'.repeat(31 * 1024 * 1024))).status).toBe(413);
  });

  test('fails as often as told, then works', async () => {
    const { call, send, store } = mailbox();
    await call('/api/failures', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"count": 2, "status": 429, "retryAfter": 3}',
    });
    const first = await send(mail);
    expect([
      first.status,
      first.headers.get('retry-after'),
      (await send(mail)).status,
      (await send(mail)).status,
    ]).toEqual([429, '3', 429, 202]);
    expect(store.list()).toHaveLength(1);
  });

  test('can lose its answer after taking the message', async () => {
    const { call, send, store } = mailbox();
    await call('/api/failures', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"count": 1, "status": 500, "accept": true}',
    });
    expect((await send(mail)).status).toBe(500);
    expect(store.list()).toHaveLength(1);
  });
});

describe('reading', () => {
  test('lists by recipient, shows one, deletes all', async () => {
    const { call, send } = mailbox();
    await send(mail);
    expect(await (await call('/api/messages?to=ANA@example.test')).json()).toMatchObject([
      { subject: 'Votre reçu', preview: 'Bonjour', attachmentCount: 1 },
    ]);
    expect(await (await call('/api/messages?to=bo@example.test')).json()).toEqual([]);
    expect((await call('/api/messages', { method: 'DELETE' })).status).toBe(204);
    expect(await (await call('/api/messages')).json()).toEqual([]);
    expect((await call('/api/messages/unknown')).status).toBe(404);
  });

  test("a mail's HTML is sandboxed, and its own pictures are shown", async () => {
    const { call, send, store } = mailbox();
    await send(mail);
    const answer = await call(`/api/messages/${store.list()[0]?.id}/html`);
    expect(answer.headers.get('content-security-policy')).toMatch(/^sandbox allow-popups [^;]*; default-src 'none'/);
    expect(answer.headers.get('content-security-policy')).not.toContain('allow-scripts');
    expect(await answer.text()).toContain('src="data:text/plain;base64,');
  });

  test('a text mail is escaped', async () => {
    const { call, send, store } = mailbox();
    await send({ ...mail, content: [{ type: 'text/plain', value: '<script>alert(1)</script>' }] });
    expect(await (await call(`/api/messages/${store.list()[0]?.id}/html`)).text()).not.toContain('<script>');
  });

  test('attachments are downloads, whatever their type', async () => {
    const { call, send, store } = mailbox();
    await send(mail);
    const answer = await call(`/api/messages/${store.list()[0]?.id}/attachments/0`);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''re%C3%A7u%20%22%C3%A9%22.txt");
    expect(await answer.text()).toBe('clé');
  });

  test('a name that resolves to loopback is refused', async () => {
    const { app } = mailbox();
    expect((await app.request('http://evil.test/api/messages')).status).toBe(403);
  });
});

test('messages outlive the server, a half-written line does not', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'home-mail-'));
  const first = await startMailbox({ port: 0, dataDir });
  await first.deliver({ to: 'ana@example.test', subject: 'Invitation', html: '<p>x</p>', text: 'x' });
  await first.stop();
  appendFileSync(join(dataDir, 'mailbox.jsonl'), '{"id": "half');
  const second = await startMailbox({ port: 0, dataDir });
  const events = await fetch(`${second.url}/api/events`);
  expect(await (await fetch(`${second.url}/api/messages`)).json()).toMatchObject([{ subject: 'Invitation' }]);
  await second.stop();
  await events.body?.cancel();
  rmSync(dataDir, { recursive: true });
});
