import { describe, expect, it, vi } from 'vitest';
import { mailInboundResponse } from '../../supabase/contracts/functions/mail-inbound.ts';
import { createHandler, type Filed } from './handler.ts';
import { latin1, mailBytes, postOf } from './mails.testing.ts';
import type { ReadMail } from './read-mail.ts';

const url = 'http://f/mail-inbound';
const basic = { authorization: `Basic ${btoa('sendgrid:s3:cret')}` };

function make(filed: (mail: ReadMail) => Promise<Filed> = async () => ({ outcome: 'opened', ticket_number: 1245 })) {
  const receive = vi.fn(async (mail: ReadMail, _raw: Uint8Array) => filed(mail));
  const settleRetry = vi.fn(async (_id: string, _mail: ReadMail) => undefined);
  const claimRetries = vi.fn(async () => [
    { id: 'a', raw: mailBytes({}) },
    { id: 'b', raw: latin1(`${'X: y\r\n'.repeat(100_000)}`) },
  ]);
  const handle = createHandler({
    receive,
    claimRetries,
    settleRetry,
    secrets: ['new', 's3:cret'],
    cronSecret: 'cron',
    ownAddresses: [],
  });
  return { receive, settleRetry, handle };
}
const post = (
  fields: Parameters<typeof postOf>[0] | Uint8Array,
  { headers = basic as Record<string, string>, path = url, type = '' } = {},
) => {
  const given = fields instanceof Uint8Array ? { body: fields, type } : postOf(fields);
  return new Request(path, {
    method: 'POST',
    headers: { 'content-type': given.type, ...headers },
    body: given.body as BodyInit,
  });
};

describe('mail-inbound', () => {
  it('hands a mail over as its bytes say, and answers what became of it', async () => {
    const { handle, receive } = make();
    const raw = mailBytes({ 'Content-Type': 'text/plain; charset=iso-8859-1' }, 'Caf\xe9 \x80\r\n');
    const response = await handle(post({ from: 'Ana', email: raw }));
    expect(response.status).toBe(200);
    expect(mailInboundResponse.parse(await response.json())).toEqual({ outcome: 'opened', ticket_number: 1245 });
    expect(receive.mock.calls[0]![0].body).toMatch(/^Café/);
    expect(receive.mock.calls[0]![1]).toEqual(raw);
  });

  it.each([
    ['none', {}, url],
    ['another', { authorization: `Basic ${btoa('sendgrid:other')}` }, url],
    ['no Base64', { authorization: 'Basic %%%' }, url],
    ['another in the address', {}, `${url}?secret=s3`],
    ['a wrong cron secret', { 'x-cron-secret': 'other' }, url],
  ])('refuses %s with 401', async (_, headers, path) => {
    const { handle, receive } = make();
    expect((await handle(post({ email: mailBytes({}) }, { headers, path }))).status).toBe(401);
    expect(receive).not.toHaveBeenCalled();
  });

  it('takes its secret from the address, where that is all a webhook can say', async () => {
    const { handle } = make();
    for (const secret of ['s3%3Acret', 'new']) {
      const request = post({ email: mailBytes({}) }, { headers: {}, path: `${url}?secret=${secret}` });
      expect((await handle(request)).status).toBe(200);
    }
  });

  it('refuses other methods, forms without a mail, and more than 32 MiB', async () => {
    const { handle, receive } = make();
    expect((await handle(new Request(url, { headers: basic }))).status).toBe(405);
    expect((await handle(post({ spam_score: '0' }))).status).toBe(400);
    expect((await handle(post(new Uint8Array(0)))).status).toBe(400);
    expect((await handle(post(new Uint8Array(32 * 1024 * 1024 + 1)))).status).toBe(413);
    expect(receive).not.toHaveBeenCalled();
  });

  it('takes 30 MB', async () => {
    const { handle, receive } = make();
    const raw = new Uint8Array(30 * 1024 * 1024).fill(0x61);
    raw.set(mailBytes({}));
    expect((await handle(post({ email: raw }))).status).toBe(200);
    expect(receive.mock.calls[0]![1]).toHaveLength(raw.length);
  });

  it('keeps what is no form as it came: it would never be sent again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { handle, receive } = make();
    const body = latin1('--nothing like a form');
    expect((await handle(post(body, { type: 'multipart/form-data; boundary=x' }))).status).toBe(200);
    expect(receive.mock.calls[0]![0]).toMatchObject({ kind: 'unreadable', has_original: true });
    expect(receive.mock.calls[0]![1]).toEqual(body);
    vi.restoreAllMocks();
  });

  it('keeps as it came what the database refuses, and has sent again what it could not hear', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const failing = (code: string) => async (mail: ReadMail) => {
      if (mail.kind !== 'unreadable') throw Object.assign(new Error('no'), { code });
      return { outcome: 'unreadable' as const, ticket_number: 7 };
    };
    const refused = make(failing('22P05'));
    expect(await (await refused.handle(post({ email: mailBytes({}) }))).json()).toMatchObject({
      outcome: 'unreadable',
    });
    const unheard = make(failing('57P01'));
    expect((await unheard.handle(post({ email: mailBytes({}) }))).status).toBe(500);
    vi.restoreAllMocks();
  });

  it('reads again what was asked for', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { handle, settleRetry } = make();
    const response = await handle(post(new Uint8Array(2), { headers: { 'x-cron-secret': 'cron' } }));
    expect(await response.json()).toEqual({ read: 1, unreadable: 1 });
    expect(settleRetry.mock.calls.map(([id, { kind }]) => [id, kind])).toEqual([
      ['a', 'human'],
      ['b', 'unreadable'],
    ]);
    vi.restoreAllMocks();
  });
});
