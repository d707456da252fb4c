import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { createMailApp } from './app.ts';
import { makeEventKey, publicEventKey } from './events.ts';
import { MailStore } from './store.ts';

const privateKey = makeEventKey();

async function told(to: string) {
  const posts: Array<{ body: string; headers: Headers }> = [];
  const app = createMailApp({
    store: new MailStore(),
    signal: new AbortController().signal,
    events: {
      url: 'http://hook.test/',
      privateKey,
      fetch: async (_url, init) => {
        posts.push({ body: String(init?.body), headers: new Headers(init?.headers) });
        return new Response('{}');
      },
    },
  });
  const sent = await app.request('http://127.0.0.1/v3/mail/send', {
    method: 'POST',
    headers: { authorization: 'Bearer any' },
    body: JSON.stringify({
      personalizations: [{ to: [{ email: to }], custom_args: { reference: '7' } }],
      from: { email: 'noreply@example.test' },
      subject: 'Hello',
      content: [{ type: 'text/plain', value: 'Hello' }],
    }),
  });
  await vi.waitFor(() => expect(posts).toHaveLength(1));
  return { id: sent.headers.get('x-message-id'), ...posts[0]! };
}

describe('what the mailbox tells of a message', () => {
  test.each([
    ['ana@example.test', ['processed', 'delivered']],
    ['bounce@example.test', ['processed', 'bounce']],
    ['ana+blocked@example.test', ['processed', 'bounce']],
    ['ana.spam@example.test', ['processed', 'delivered', 'spamreport']],
    ['deferred@example.test', ['processed', 'deferred']],
    ['bouncer@example.test', ['processed', 'delivered']],
  ])('%s → %j', async (to, expected) => {
    const { id, body } = await told(to);
    const events = JSON.parse(body) as Array<Record<string, unknown>>;
    expect(events.map(({ event }) => event)).toEqual(expected);
    expect(new Set(events.map(({ sg_event_id }) => sg_event_id)).size).toBe(events.length);
    for (const event of events)
      expect(event).toMatchObject({ email: to, reference: '7', sg_message_id: `${id}.local-1` });
  });

  test('is signed as SendGrid signs: the timestamp, then the bytes', async () => {
    const { body, headers } = await told('ana@example.test');
    const key = createPublicKey({
      key: Buffer.from(publicEventKey(privateKey), 'base64'),
      format: 'der',
      type: 'spki',
    });
    const signature = Buffer.from(headers.get('x-twilio-email-event-webhook-signature')!, 'base64');
    const timestamp = headers.get('x-twilio-email-event-webhook-timestamp')!;
    expect(verify('sha256', Buffer.from(timestamp + body), key, signature)).toBe(true);
    expect(verify('sha256', Buffer.from(`1${timestamp}${body}`), key, signature)).toBe(false);
  });
});
