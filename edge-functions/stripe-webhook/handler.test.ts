import { beforeEach, describe, expect, it, vi } from 'vitest';
import { webhookResponse } from '../../supabase/contracts/functions/stripe-webhook.ts';
import { createStripe } from '../_shared/stripe.ts';
import type { Ledger, LedgerAnswer } from '../_shared/stripe-events.ts';
import { now } from '../_shared/testing.ts';
import { createHandler } from './handler.ts';

const url = 'http://functions/stripe-webhook';
const secret = 'whsec_test';
const seconds = Math.floor(now().getTime() / 1000);
const event = (given: Record<string, unknown> = {}) =>
  JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'customer.created',
    created: seconds,
    livemode: false,
    data: { object: { id: 'cus_1', object: 'customer' } },
    ...given,
  });

let requested: string[];
let answer: () => Promise<Response>;
let ledger: { [Name in keyof Ledger]: ReturnType<typeof vi.fn<Ledger[Name]>> };
let background: Promise<unknown>[];
let handle: (request: Request) => Promise<Response>;
const stripe = createStripe({
  apiKey: 'sk_test_x',
  fetch: (async (input: string | URL | Request) => {
    requested.push(String(input instanceof Request ? input.url : input));
    return answer();
  }) as typeof fetch,
});

beforeEach(() => {
  requested = [];
  background = [];
  answer = async () => Response.json({ id: 'cus_1', object: 'customer', email: 'a@example.com' });
  ledger = {
    receive: vi.fn<Ledger['receive']>(async () => ({ status: 'processed' })),
    applyFetched: vi.fn<Ledger['applyFetched']>(async () => ({ status: 'processed' })),
    fail: vi.fn<Ledger['fail']>(async () => undefined),
    end: vi.fn<Ledger['end']>(async () => undefined),
  };
  handle = createHandler({
    stripe,
    ledger,
    secrets: ['whsec_next', secret],
    waitUntil: (work) => void background.push(work),
    now,
  });
});

async function signed(body: string, options: { secret?: string; at?: number } = {}): Promise<Request> {
  const header = await stripe.webhooks.generateTestHeaderStringAsync({
    payload: body,
    secret: options.secret ?? secret,
    timestamp: options.at ?? seconds,
  });
  return new Request(url, { method: 'POST', headers: { 'stripe-signature': header }, body });
}

describe('what is proven', () => {
  it('goes to the ledger as it came', async () => {
    const body = event();
    const response = await handle(await signed(body));
    const answer = webhookResponse.parse(await response.json());
    expect([response.status, answer]).toEqual([200, { received: true, status: 'processed' }]);
    expect(ledger.receive).toHaveBeenCalledWith(body, 'webhook');
  });

  it.each(['whsec_next', secret])('is proven by either secret while one is replaced: %s', async (by) => {
    expect((await handle(await signed(event(), { secret: by }))).status).toBe(200);
  });

  it('and repeated is 200 too, so that Stripe stops', async () => {
    ledger.receive.mockResolvedValue({ status: 'duplicate' });
    expect(await (await handle(await signed(event()))).json()).toEqual({ received: true, status: 'duplicate' });
  });

  it('and cannot be applied is 200 too: the ledger keeps it', async () => {
    ledger.receive.mockResolvedValue({ status: 'failed', error: 'x' });
    expect((await handle(await signed(event()))).status).toBe(200);
  });

  it('is a 500 while the database is away: Stripe sends it again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    ledger.receive.mockRejectedValue(new Error('connection refused'));
    expect((await handle(await signed(event()))).status).toBe(500);
  });
});

describe('a thin event', () => {
  const thin = (given: object = {}) =>
    JSON.stringify({
      id: 'evt_test_1',
      object: 'v2.core.event',
      type: 'v1.customer.updated',
      created: '2026-03-01T12:00:00.000Z',
      livemode: false,
      related_object: { id: 'cus_1', type: 'customer', url: '/v1/customers/cus_1' },
      ...given,
    });

  it('becomes one of no version, which names its object', async () => {
    expect((await handle(await signed(thin()))).status).toBe(200);
    expect(JSON.parse(ledger.receive.mock.calls[0]![0])).toEqual({
      id: 'evt_test_1',
      object: 'event',
      type: 'customer.updated',
      created: Date.parse('2026-03-01T12:00:00Z') / 1000,
      livemode: false,
      data: { object: { id: 'cus_1', object: 'customer' } },
    });
  });

  it('about nothing is kept too', async () => {
    expect((await handle(await signed(thin({ related_object: null })))).status).toBe(200);
    expect(JSON.parse(ledger.receive.mock.calls[0]![0])).toMatchObject({ data: { object: {} } });
  });

  it.each([[{ created: 'yesterday' }], [{ id: 'evt 1' }], [{ type: 'v1 customer' }]])(
    'with %j is 400',
    async (given) => {
      expect((await handle(await signed(thin(given)))).status).toBe(400);
      expect(ledger.receive).not.toHaveBeenCalled();
    },
  );
});

describe('what is not proven is refused and reaches nothing', () => {
  const requests: Array<[string, () => Promise<Request>]> = [
    ['no signature', async () => new Request(url, { method: 'POST', body: event() })],
    [
      'an empty one',
      async () => new Request(url, { method: 'POST', headers: { 'stripe-signature': '' }, body: event() }),
    ],
    [
      'nonsense',
      async () => new Request(url, { method: 'POST', headers: { 'stripe-signature': 't=x,v1=zz,v1=' }, body: event() }),
    ],
    ['a forged one', () => signed(event(), { secret: 'whsec_other' })],
    ['one of 301 seconds ago', () => signed(event(), { at: seconds - 301 })],
    [
      'a changed body',
      async () => new Request(await signed(event()), { method: 'POST', body: event({ livemode: true }) }),
    ],
    [
      'a truncated body',
      async () => new Request(await signed(event()), { method: 'POST', body: event().slice(0, -5) }),
    ],
    [
      'a body with spaces put in',
      async () => new Request(await signed(event()), { method: 'POST', body: event().replace('{', '{ ') }),
    ],
    ['an empty body', async () => new Request(await signed(event()), { method: 'POST', body: '' })],
    [
      'bytes that are no text',
      async () => new Request(await signed(event()), { method: 'POST', body: new Uint8Array([0xff, 0xfe, 0x00]) }),
    ],
  ];
  it.each(requests)('%s', async (_, make) => {
    const response = await handle(await make());
    expect(response.status).toBe(400);
    expect(ledger.receive).not.toHaveBeenCalled();
  });

  it('one of 299 seconds ago is in time', async () => {
    expect((await handle(await signed(event(), { at: seconds - 299 }))).status).toBe(200);
  });

  it.each(['GET', 'PUT', 'DELETE'])('%s is 405', async (method) => {
    expect((await handle(new Request(url, { method }))).status).toBe(405);
  });

  it('more than 1 MiB is 413, unread', async () => {
    const body = ' '.repeat(1024 * 1024 + 1);
    expect(
      (await handle(new Request(url, { method: 'POST', body, headers: { 'content-length': String(body.length) } })))
        .status,
    ).toBe(413);
  });
});

describe('signed, but no event', () => {
  it.each([
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no id', event({ id: undefined })],
    ['another id', event({ id: 'cus_1' })],
    ['no type', event({ type: '' })],
    ['a date that is none', event({ created: 'now' })],
    ['no object', event({ data: {} })],
    ['the object a string', event({ data: { object: 'x' } })],
  ])('%s', async (_, body) => {
    expect((await handle(await signed(body))).status).toBe(400);
    expect(ledger.receive).not.toHaveBeenCalled();
  });

  it.each(['22P05', '22003', '54001'])('what jsonb cannot hold (%s) is 400', async (code) => {
    ledger.receive.mockRejectedValue(Object.assign(new Error('unsupported'), { code }));
    const response = await handle(await signed(event()));
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'invalid_event']);
  });
});

describe('what must be fetched first', () => {
  const wanted: LedgerAnswer = { status: 'fetch', fetch: [{ kind: 'customer', id: 'cus_1', version: 3 }] };

  it('is fetched after the answer and applied with its version', async () => {
    ledger.receive.mockResolvedValue(wanted);
    let release = () => {};
    answer = () =>
      new Promise((resolve) => (release = () => resolve(Response.json({ id: 'cus_1', object: 'customer' }))));
    const response = await handle(await signed(event()));
    expect(await response.json()).toEqual({ received: true, status: 'fetch' });
    expect(ledger.applyFetched).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(requested).toHaveLength(1));
    release();
    await background[0];
    expect(requested[0]).toContain('/v1/customers/cus_1');
    expect(ledger.applyFetched).toHaveBeenCalledWith(
      [{ object: expect.objectContaining({ id: 'cus_1' }), as_of: seconds, version: 3 }],
      event(),
      ['cus_1'],
    );
  });

  it('is fetched again when it changed meanwhile', async () => {
    ledger.receive.mockResolvedValue(wanted);
    ledger.applyFetched.mockResolvedValueOnce({
      status: 'fetch',
      fetch: [{ kind: 'customer', id: 'cus_1', version: 4 }],
    });
    await handle(await signed(event()));
    await background[0];
    expect(requested).toHaveLength(2);
    expect(ledger.applyFetched.mock.calls.map(([[first]]) => first!.version)).toEqual([3, 4]);
  });

  it('and keeps changing is left to the retry', async () => {
    ledger.receive.mockResolvedValue(wanted);
    ledger.applyFetched.mockResolvedValue(wanted);
    await handle(await signed(event()));
    expect(await background[0]).toMatchObject({ status: 'failed' });
    expect(ledger.fail).toHaveBeenCalledWith('evt_1', expect.stringContaining('kept changing'));
  });

  it('and is gone, being what the event is about, ends the event', async () => {
    ledger.receive.mockResolvedValue(wanted);
    answer = async () =>
      Response.json(
        { error: { type: 'invalid_request_error', code: 'resource_missing', message: "No such customer: 'cus_1'" } },
        { status: 404 },
      );
    expect((await handle(await signed(event()))).status).toBe(200);
    expect(await background[0]).toEqual({ status: 'ignored', error: "No such customer: 'cus_1'" });
    expect(ledger.end).toHaveBeenCalledWith('evt_1', "No such customer: 'cus_1'");
    expect(ledger.fail).not.toHaveBeenCalled();
  });

  it('notes at the event what Stripe says of something else it needs', async () => {
    ledger.receive.mockResolvedValue(wanted);
    answer = async () =>
      Response.json(
        { error: { type: 'invalid_request_error', code: 'resource_missing', message: "No such customer: 'cus_1'" } },
        { status: 404 },
      );
    const other = event({ data: { object: { id: 'sub_1', object: 'subscription' } } });
    expect((await handle(await signed(other))).status).toBe(200);
    expect(await background[0]).toMatchObject({ status: 'failed' });
    expect(ledger.fail).toHaveBeenCalledWith('evt_1', "No such customer: 'cus_1'");
  });
});
