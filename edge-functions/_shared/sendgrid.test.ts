import { describe, expect, it, vi } from 'vitest';
import { createSendMail } from './sendgrid.ts';

const mail = { to: 'a@example.com', subject: 's', text: 't', html: '<p>t</p>', reference: 'r' };
const make = (answer: typeof fetch) =>
  createSendMail({ apiBase: 'http://mail/', apiKey: 'k', from: 'WhatAutosys <no-reply@example.com>', fetch: answer });

describe('createSendMail()', () => {
  it('speaks SendGrid v3', async () => {
    const post = vi.fn(async () => new Response(null, { status: 202, headers: { 'x-message-id': 'm1' } }));
    expect(await make(post as unknown as typeof fetch)(mail)).toEqual({ outcome: 'sent', messageId: 'm1' });
    const [url, init] = post.mock.calls[0] as unknown as [string, RequestInit];
    expect(url).toBe('http://mail/v3/mail/send');
    expect(new Headers(init.headers).get('authorization')).toBe('Bearer k');
    expect(JSON.parse(init.body as string)).toMatchObject({
      personalizations: [{ to: [{ email: 'a@example.com' }], custom_args: { reference: 'r' } }],
      from: { email: 'no-reply@example.com', name: 'WhatAutosys' },
    });
  });

  it('hands over headers, where to answer, and files as Base64', async () => {
    const post = vi.fn(async () => new Response(null, { status: 202 }));
    const bytes = new Uint8Array(100_001).fill(0xfb);
    await make(post as unknown as typeof fetch)({
      ...mail,
      headers: { 'Message-ID': '<a@b>' },
      replyTo: 'Support <support+t1.aa@aide.example.com>',
      attachments: [{ name: 'é.png', type: 'image/png', bytes }],
    });
    const [, init] = post.mock.calls[0] as unknown as [string, RequestInit];
    const sent = JSON.parse(init.body as string) as { attachments: { content: string }[] };
    expect(sent).toMatchObject({
      headers: { 'Message-ID': '<a@b>' },
      reply_to: { email: 'support+t1.aa@aide.example.com', name: 'Support' },
      attachments: [{ filename: 'é.png', type: 'image/png', disposition: 'attachment' }],
    });
    expect(Buffer.from(sent.attachments[0]!.content, 'base64').equals(Buffer.from(bytes))).toBe(true);
  });

  it.each([
    [429, 'retry'],
    [500, 'retry'],
    [401, 'retry'],
    [400, 'failed'],
    [413, 'failed'],
  ])('%i → %s', async (status, outcome) => {
    const result = await make(async () => new Response('{"errors":[]}', { status, headers: { 'retry-after': '9' } }))(
      mail,
    );
    expect(result).toMatchObject({ outcome });
    if (outcome === 'retry') expect(result).toMatchObject({ retryAfterSeconds: 9 });
  });

  it('never connected → retry; connected and then silent → uncertain, so that nothing is sent twice', async () => {
    const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
    expect(
      await make(async () => {
        throw refused;
      })(mail),
    ).toMatchObject({ outcome: 'retry' });
    expect(
      await make(async () => {
        throw new DOMException('timed out', 'TimeoutError');
      })(mail),
    ).toMatchObject({ outcome: 'uncertain' });
    expect(
      await make(async () => {
        throw new TypeError('connection reset');
      })(mail),
    ).toMatchObject({ outcome: 'uncertain' });
  });
});
