import { generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { mailEventsResponse } from '../../supabase/contracts/functions/mail-events.ts';
import { now } from '../_shared/testing.ts';
import type { MailEvent } from './events.ts';
import { createHandler } from './handler.ts';
import { createVerifyEvents, type VerifyEvents } from './signature.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const seconds = Math.floor(now().getTime() / 1000);
let verify: VerifyEvents;
beforeAll(async () => {
  verify = await createVerifyEvents([publicKey]);
});

const id = '5f0c1f0e-3f6b-4a39-9a0a-0d2b6f3b7f11';
const event = (over: object = {}) => ({
  email: 'ana@example.com',
  event: 'delivered',
  sg_event_id: 'ev1',
  sg_message_id: 'abc.filter-1',
  reference: id,
  timestamp: seconds - 5,
  response: '250 OK',
  ...over,
});

function request(
  body: string | object,
  {
    at = seconds,
    key = keys.privateKey,
    signed,
  }: { at?: number | string; key?: typeof keys.privateKey; signed?: string } = {},
): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Request('http://f/mail-events', {
    method: 'POST',
    headers: {
      'x-twilio-email-event-webhook-timestamp': String(at),
      'x-twilio-email-event-webhook-signature':
        signed ?? sign('sha256', Buffer.from(String(at) + text), key).toString('base64'),
    },
    body: text,
  });
}

function make(failed = 0) {
  const apply = vi.fn(async (events: MailEvent[]) => ({
    applied: events.length - failed,
    duplicate: 0,
    unknown: 0,
    failed,
  }));
  return { apply, handle: createHandler({ verify, apply, now }) };
}

describe('mail-events', () => {
  it('takes a batch and says what became of each', async () => {
    const { apply, handle } = make();
    const batch = [
      event(),
      event({ sg_event_id: 'ev2', event: 'open' }),
      event({ sg_event_id: 'ev3', event: 'of_a_later_version' }),
      event({ sg_event_id: undefined }),
      event({ sg_event_id: 'ev4', timestamp: 'soon' }),
      null,
      'text',
      [],
    ];
    const response = await handle(request(batch));
    expect(response.status).toBe(200);
    expect(mailEventsResponse.parse(await response.json())).toEqual({
      applied: 1,
      duplicate: 0,
      unknown: 0,
      ignored: 2,
      invalid: 5,
    });
    expect(apply).toHaveBeenCalledWith([
      {
        event_id: 'ev1',
        email_id: id,
        message_id: 'abc',
        delivery: 'delivered',
        refuses: null,
        reason: null,
        at: '2026-03-01T11:59:55.000Z',
      },
    ]);
  });

  it.each([
    [{ event: 'processed' }, 'accepted', null, null],
    [{ event: 'deferred', response: '451 later' }, 'deferred', null, '451 later'],
    [{ event: 'bounce', type: 'bounce', reason: '550 unknown' }, 'bounced', 'bounced', '550 unknown'],
    [{ event: 'bounce', reason: '550 unknown' }, 'bounced', 'bounced', '550 unknown'],
    [{ event: 'bounce', type: 'blocked', reason: '452 full' }, 'blocked', null, '452 full'],
    [{ event: 'dropped', reason: 'Bounced Address' }, 'dropped', 'bounced', 'Bounced Address'],
    [{ event: 'dropped', reason: 'Invalid' }, 'dropped', 'bounced', 'Invalid'],
    [{ event: 'dropped', reason: 'Spam Reporting Address' }, 'dropped', 'complained', 'Spam Reporting Address'],
    [{ event: 'dropped', reason: 'Recipient List over Package Quota' }, 'dropped', null, expect.any(String)],
    [{ event: 'spamreport' }, 'complained', 'complained', null],
  ])('reads %j', async (over, delivery, refuses, reason) => {
    const { apply, handle } = make();
    await handle(request([event(over)]));
    expect(apply.mock.calls[0]![0][0]).toMatchObject({ delivery, refuses, reason });
  });

  it('keeps what PostgreSQL cannot hold out of its batch', async () => {
    const { apply, handle } = make();
    const reason = `a\0b\ud800${'x'.repeat(600)}`;
    await handle(request([event({ event: 'bounce', reason, reference: 'not ours', sg_message_id: 7 })]));
    const [read] = apply.mock.calls[0]![0];
    expect(read).toMatchObject({ email_id: null, message_id: null });
    expect(read!.reason).toMatch(/^abx+$/);
    expect(read!.reason).toHaveLength(500);
  });

  it('takes thousands in parts', async () => {
    const { apply, handle } = make();
    await handle(request(Array.from({ length: 1_201 }, (_, index) => event({ sg_event_id: `ev${index}` }))));
    expect(apply.mock.calls.map(([events]) => events.length)).toEqual([500, 500, 201]);
  });

  it('answers 500 when the database failed for one, so that all come again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { handle } = make(1);
    expect((await handle(request([event()]))).status).toBe(500);
    vi.restoreAllMocks();
  });

  const refused = async (given: Request, status: number, code: string) => {
    const { apply, handle } = make();
    const response = await handle(given);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
    expect(apply).not.toHaveBeenCalled();
  };

  it('refuses what another key signed, and other bytes than were signed', async () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await refused(request([event()], { key: stranger }), 400, 'invalid_signature');
    const signed = sign('sha256', Buffer.from(`${seconds}[]`), keys.privateKey).toString('base64');
    await refused(request([event()], { signed }), 400, 'invalid_signature');
    await refused(request('[] ', { signed }), 400, 'invalid_signature');
  });

  it.each(['', 'AAAA', '!', 'MAYCAQECAQE', 'x'.repeat(500), Buffer.alloc(64).toString('base64')])(
    'refuses the signature %j',
    async (signed) => refused(request([event()], { signed }), 400, 'invalid_signature'),
  );

  it.each([seconds - 26 * 3600, seconds + 600, '', 'now', '-1', '1e9', ` ${seconds}x`])(
    'refuses the timestamp %j, however well signed',
    async (at) => refused(request([event()], { at }), 400, 'invalid_signature'),
  );

  it('refuses what is no array of events, what is no JSON, too much of it, and other methods', async () => {
    await refused(request({ event: 'delivered' }), 400, 'invalid_input');
    await refused(request('[{'), 400, 'invalid_json');
    await refused(request(' '.repeat(4 * 1024 * 1024 + 1)), 413, 'body_too_large');
    await refused(new Request('http://f/mail-events'), 405, 'method_not_allowed');
  });
});

describe('createVerifyEvents()', () => {
  /** Of the tests of SendGrid's own libraries. */
  const published = {
    key:
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI' +
      '8eNEc6wEA3F+g==',
    signature: 'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
    timestamp: '1600112502',
    body: `${JSON.stringify([
      {
        email: 'hello@world.com',
        event: 'dropped',
        reason: 'Bounced Address',
        sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
        sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0',
        'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
        timestamp: 1_600_112_492,
      },
    ])}\r\n`,
  };
  const bytes = new TextEncoder().encode(published.body);

  it('proves what SendGrid published, with either of two keys', async () => {
    const proves = await createVerifyEvents([publicKey, published.key]);
    expect(await proves(published.timestamp, bytes, published.signature)).toBe(true);
    expect(await proves('1600112503', bytes, published.signature)).toBe(false);
    expect(await verify(published.timestamp, bytes, published.signature)).toBe(false);
  });

  it('proves signatures whose numbers are short', async () => {
    for (let index = 0; index < 600; index += 1) {
      const body = Buffer.from(`[${index}]`);
      const signature = sign('sha256', Buffer.concat([Buffer.from('1'), body]), keys.privateKey);
      // One in 128 has a number that begins with a zero byte.
      if (signature.length >= 70) continue;
      expect(await verify('1', body, signature.toString('base64'))).toBe(true);
    }
  });

  it('refuses at boot a key that is none', async () => {
    await expect(createVerifyEvents(['bm90IGEga2V5'])).rejects.toThrow();
  });
});
