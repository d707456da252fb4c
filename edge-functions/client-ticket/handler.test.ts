import { beforeEach, describe, expect, it, vi } from 'vitest';
import { clientTicketsResponse } from '../../supabase/contracts/functions/client-ticket.ts';
import { errorBody } from '../../supabase/contracts/functions/shared.ts';
import { post } from '../_shared/testing.ts';
import { createHandler, type Dependencies, type Polled, type Received } from './handler.ts';

const url = 'http://functions/client-ticket';
const input = {
  license_key: 'ABCDE-FGHJK-MNPQR-STUVW-XYZ23',
  hwid: 'HWID-1',
  message: 'Le QR Code expire.',
  idempotency_key: 'k-1',
};
const caller = { ip: '203.0.113.7', licenseKey: input.license_key, hwid: 'HWID-1' };
const served = <T>(answer: T) => ({ allowed: true, retryAfterSeconds: 60, code: null, message: null, answer });
const received: Received = { ticket_number: 1245, status: 'open', uploads: [{ id: 'f-1', name: 'a.png' }] };
const polled: Polled = { tickets: [], support_sessions: [], after: null, has_more: false };

let dependencies: { [Name in keyof Dependencies]: ReturnType<typeof vi.fn<Dependencies[Name]>> };
let handle: (request: Request) => Promise<Response>;
beforeEach(() => {
  dependencies = {
    receive: vi.fn<Dependencies['receive']>(async () => served(received)),
    poll: vi.fn<Dependencies['poll']>(async () => served(polled)),
    admit: vi.fn<Dependencies['admit']>(async () => ({ allowed: true, retryAfterSeconds: 60 })),
    uploadAddress: vi.fn<Dependencies['uploadAddress']>(async (id) => ({ url: `https://storage.example/${id}` })),
    downloadAddresses: vi.fn<Dependencies['downloadAddresses']>(async () => new Map()),
  };
  handle = createHandler(dependencies);
});
const get = (headers: Record<string, string>, query = '') =>
  handle(new Request(url + query, { headers: { 'x-forwarded-for': '203.0.113.7', ...headers } }));
const mine = { 'x-license-key': input.license_key, 'x-hwid': 'HWID-1' };

describe('a message', () => {
  it('is answered with its ticket, and where its files go', async () => {
    const response = await handle(
      post(url, { ...input, attachments: [{ name: 'a.png', type: 'image/png', size: 3 }] }),
    );
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      ticket_number: 1245,
      status: 'open',
      uploads: [{ name: 'a.png', url: 'https://storage.example/f-1' }],
    });
    expect(dependencies.receive).toHaveBeenCalledWith(caller, {
      subject: null,
      message: input.message,
      ticket_number: null,
      idempotency_key: 'k-1',
      attachments: [{ name: 'a.png', size: 3 }],
    });
  });

  it('goes on without what PostgreSQL cannot hold', async () => {
    const body =
      '{"license_key":"x","hwid":"y","subject":"\\u0000a","message":"b\\u0000\\ud83d","idempotency_key":"k"}';
    await handle(post(url, body));
    expect(dependencies.receive.mock.calls[0]![1]).toMatchObject({ subject: 'a', message: 'b\ufffd' });
  });

  it('of 100,000 characters fits however it is written', async () => {
    const escaped = '\\ud83d\\ude00'.repeat(100_000);
    const body = `{"license_key":"x","hwid":"y","message":"${escaped}","idempotency_key":"k"}`;
    expect((await handle(post(url, body))).status).toBe(201);
  });

  it('is refused with the code the database gives', async () => {
    dependencies.receive.mockResolvedValue({
      ...served(null),
      code: 'ticket_not_found',
      message: 'There is no ticket',
    });
    const response = await handle(post(url, input));
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ code: 'ticket_not_found', message: 'There is no ticket', details: null });
  });

  it.each([
    ['nothing', '', 'invalid_json'],
    ['half of it', '{"license_key":"x","hwid"', 'invalid_json'],
    ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'invalid_json'],
    ['null', 'null', 'invalid_input'],
    ['an array', [input], 'invalid_input'],
    ['no hwid', { ...input, hwid: undefined }, 'invalid_input'],
    ['an empty message', { ...input, message: '' }, 'invalid_input'],
    ['an object for a key', { ...input, license_key: { $gt: '' } }, 'invalid_input'],
    ['NUL in the key', { ...input, idempotency_key: 'a\0b' }, 'invalid_input'],
  ])('that is %s → 400, and counts', async (_, body, code) => {
    const response = await handle(post(url, body));
    expect(response.status).toBe(400);
    expect(errorBody.parse(await response.json())).toMatchObject({ code });
    expect(dependencies.receive).not.toHaveBeenCalled();
    expect(dependencies.admit).toHaveBeenCalledWith('203.0.113.7', true);
  });

  it('over the limit of bytes → 413, whatever content-length says', async () => {
    const big = { ...input, padding: 'x'.repeat(1_400_000) };
    expect((await handle(post(url, big))).status).toBe(413);
    expect((await handle(post(url, big, { 'content-length': '10' }))).status).toBe(413);
  });
});

describe('a poll', () => {
  it('passes on key, machine and cursor', async () => {
    const response = await get(mine, '?after=2026-03-01T12:00:00.123Z');
    expect([response.status, await response.json()]).toEqual([200, polled]);
    expect(dependencies.poll).toHaveBeenCalledWith(caller, Date.UTC(2026, 2, 1, 12, 0, 0, 123));
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('gives the files of answers their addresses, and leaves out those whose bytes are gone', async () => {
    const file = (id: string) => ({ id, name: `${id}.png`, type: 'image/png' as const, size: 3 });
    const said = { author: 'support' as const, by_support: true, body: 'Voici.', created_at: '2026-03-01T12:00:00Z' };
    const message = { ...said, id: '9b1c7d10-5b0e-4a55-9d0c-6f1f8a4f2b11', attachments: [file('f-1'), file('f-2')] };
    const ticket = { ticket_number: 1245, subject: 'QR', status: 'waiting' as const, messages: [message] };
    dependencies.poll.mockResolvedValue(served({ ...polled, tickets: [ticket] }));
    dependencies.downloadAddresses.mockResolvedValue(new Map([['f-2', 'https://storage.example/f-2']]));
    const { tickets } = clientTicketsResponse.parse(await (await get(mine)).json());
    expect(tickets[0]!.messages[0]!.attachments).toEqual([
      { name: 'f-2.png', type: 'image/png', size: 3, url: 'https://storage.example/f-2' },
    ]);
    expect(dependencies.downloadAddresses).toHaveBeenCalledWith(message.attachments);
  });

  it('that finds no Storage is an opaque 500, for the same cursor brings the files then', async () => {
    vi.spyOn(console, 'error').mockImplementationOnce(() => undefined);
    dependencies.downloadAddresses.mockRejectedValueOnce(new Error('secret'));
    const response = await get(mine);
    expect([response.status, (await response.text()).includes('secret')]).toEqual([500, false]);
    expect((await get(mine)).status).toBe(200);
  });

  it('reads headers that were sent as UTF-8', async () => {
    const bytes = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
    await get({ 'x-license-key': bytes('ABCDE\u2011FGHJK'), 'x-hwid': bytes('PC-Céline') });
    expect(dependencies.poll.mock.calls[0]![0]).toMatchObject({ licenseKey: 'ABCDE\u2011FGHJK', hwid: 'PC-Céline' });
    await get({ ...mine, 'x-hwid': 'PC-C\u00e9line' });
    expect(dependencies.poll.mock.calls[1]![0]).toMatchObject({ hwid: 'PC-Céline' });
  });

  it.each<[string, Record<string, string>, string]>([
    ['without a key', { 'x-hwid': 'x' }, ''],
    ['without a machine', { 'x-license-key': 'x' }, ''],
    ['with a key too long', { ...mine, 'x-license-key': 'x'.repeat(101) }, ''],
    ['after no time', mine, '?after=yesterday'],
    ['after nothing', mine, '?after='],
    ['after a day that is not', mine, '?after=2026-02-30T00:00:00Z'],
    ['after two times', mine, '?after=2026-03-01T12:00:00Z&after=2026-03-01T12:00:00Z'],
  ])('%s → 400, and counts', async (_, headers, query) => {
    const response = await get(headers, query);
    expect(response.status).toBe(400);
    expect(errorBody.parse(await response.json())).toMatchObject({ code: 'invalid_input' });
    expect(dependencies.poll).not.toHaveBeenCalled();
    expect(dependencies.admit).toHaveBeenCalledWith('203.0.113.7', false);
  });
});

it('over the limit → 429 with Retry-After, malformed or not', async () => {
  const full = { allowed: false, retryAfterSeconds: 42, code: null, message: null, answer: null };
  dependencies.receive.mockResolvedValue(full);
  dependencies.poll.mockResolvedValue(full);
  dependencies.admit.mockResolvedValue(full);
  for (const response of [
    await handle(post(url, input)),
    await get(mine),
    await handle(post(url, '')),
    await get({}),
  ]) {
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '42']);
    expect(await response.json()).toMatchObject({ code: 'too_many_requests' });
  }
});

it.each(['PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])('%s → 405', async (method) => {
  const response = await handle(new Request(url, { method }));
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
});

it('an unknown path → 404', async () => {
  expect((await handle(post(`${url}/other`, input))).status).toBe(404);
});

it('a file that has arrived meanwhile needs no address', async () => {
  const uploads = [...received.uploads, { id: 'f-2', name: 'b.log' }];
  dependencies.receive.mockResolvedValue(served({ ...received, uploads }));
  dependencies.uploadAddress.mockResolvedValueOnce(null);
  const response = await handle(post(url, input));
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({
    uploads: [{ name: 'b.log', url: 'https://storage.example/f-2' }],
  });
});

it('a failure of Storage is an opaque 500: the same key asks again', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  dependencies.uploadAddress.mockRejectedValueOnce(new Error('secret'));
  const response = await handle(post(url, input));
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
  expect(log).toHaveBeenCalled();
  expect((await handle(post(url, input))).status).toBe(201);
});

describe('in the name of a customer', () => {
  const session = `was_${'a'.repeat(64)}`;
  const authorization = `Bearer ${session}`;
  const { message, idempotency_key } = input;

  it('the session stands for key and machine, in what is written and what is read', async () => {
    expect((await handle(post(url, { message, idempotency_key }, { authorization }))).status).toBe(201);
    expect(dependencies.receive.mock.calls[0]![0]).toEqual({ ip: '203.0.113.7', session });
    expect((await get({ authorization })).status).toBe(200);
    expect(dependencies.poll).toHaveBeenCalledWith({ ip: '203.0.113.7', session }, null);
  });

  it('the session goes before a key that is sent as well', async () => {
    await handle(post(url, input, { authorization }));
    await get({ ...mine, authorization });
    expect(dependencies.receive.mock.calls[0]![0]).toEqual({ ip: '203.0.113.7', session });
    expect(dependencies.poll.mock.calls[0]![0]).toEqual({ ip: '203.0.113.7', session });
  });

  it.each(['Bearer eyJhbGciOiJIUzI1NiJ9.e30.x', 'Bearer wao_1', 'was_1'])('%s is no session', async (given) => {
    await handle(post(url, input, { authorization: given }));
    expect(dependencies.receive.mock.calls[0]![0]).toEqual(caller);
    expect((await handle(post(url, { message, idempotency_key }, { authorization: given }))).status).toBe(400);
  });

  it('once it has ended → 401', async () => {
    dependencies.receive.mockResolvedValue({
      ...served(null),
      code: 'session_ended',
      message: 'The session has ended',
    });
    const response = await handle(post(url, { message, idempotency_key }, { authorization }));
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, 'session_ended']);
  });

  it('what is malformed is refused and counts, as without', async () => {
    expect((await handle(post(url, { idempotency_key }, { authorization }))).status).toBe(400);
    expect((await get({ authorization }, '?after=yesterday')).status).toBe(400);
    expect(dependencies.admit.mock.calls).toEqual([
      ['203.0.113.7', true],
      ['203.0.113.7', false],
    ]);
  });
});
