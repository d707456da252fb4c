import { beforeEach, describe, expect, it, vi } from 'vitest';
import { clientReportResponse } from '../../supabase/contracts/functions/client-report.ts';
import { errorBody } from '../../supabase/contracts/functions/shared.ts';
import { createMasks } from '../_shared/logs/masks.ts';
import { now, post } from '../_shared/testing.ts';
import { createHandler, type Dependencies } from './handler.ts';

const url = 'http://functions/client-report';
const input = { license_key: 'ABCDE-FGHJK-MNPQR-STUVW-XYZ23', hwid: 'HWID-CELINE', idempotency_key: 'k-1' };
const line = { level: 'error', source: 'Baileys', message: 'ECONNREFUSED' };

let dependencies: { [Name in keyof Dependencies]: ReturnType<typeof vi.fn<Dependencies[Name]>> };
let handle: (request: Request) => Promise<Response>;
beforeEach(() => {
  dependencies = {
    receive: vi.fn<Dependencies['receive']>(async ({ answer }) => ({
      allowed: true,
      retryAfterSeconds: 60,
      code: null,
      message: null,
      result: answer,
    })),
    admit: vi.fn<Dependencies['admit']>(async () => ({ allowed: true, retryAfterSeconds: 60 })),
    masks: vi.fn<Dependencies['masks']>(async () => createMasks([])),
    now: vi.fn<Dependencies['now']>(now),
  };
  handle = createHandler(dependencies);
});
const report = async (body: object) => {
  const response = await handle(post(url, { ...input, ...body }));
  expect(response.status).toBe(202);
  return clientReportResponse.parse(await response.json());
};
const kept = () => dependencies.receive.mock.calls[0]![0];

describe('a report', () => {
  it('is kept, and told what of it was', async () => {
    const answer = await report({
      usage: [
        { date: '2026-03-01', messages_sent: 5, uptime_minutes: 60 },
        { date: '2026-03-03' },
        { date: '2024-03-01' },
        { date: '2026-02-30' },
        { date: '2026-03-01', ai_queries: -1 },
        'x',
      ],
      features: { Catalogue: 3, ' ': 1, Campagnes: 1.5, ['x'.repeat(65)]: 1 },
      logs: [{ ...line, occurred_at: '2026-03-01T12:00:05Z' }, { level: 'error' }],
    });
    expect(answer).toEqual({
      accepted: { usage: 1, logs: 1 },
      rejected: [
        { part: 'usage', index: 1, code: 'invalid_usage', field: 'date' },
        { part: 'usage', index: 2, code: 'invalid_usage', field: 'date' },
        { part: 'usage', index: 3, code: 'invalid_usage', field: 'date' },
        { part: 'usage', index: 4, code: 'invalid_usage', field: 'ai_queries' },
        { part: 'usage', index: 5, code: 'invalid_usage', field: 'day' },
        { part: 'features', index: 1, code: 'invalid_feature', field: 'name' },
        { part: 'features', index: 2, code: 'invalid_feature', field: 'count' },
        { part: 'features', index: 3, code: 'invalid_feature', field: 'name' },
        { part: 'logs', index: 1, code: 'invalid_log_line', field: 'source' },
      ],
      truncated: 0,
      clock_skew_ms: 5_000,
    });
    expect(kept()).toMatchObject({ ip: '203.0.113.7', hwid: 'HWID-CELINE', features: { Catalogue: 3 }, answer });
  });

  it('of nothing is a report', async () => {
    expect(await report({})).toMatchObject({ accepted: { usage: 0, logs: 0 }, rejected: [] });
  });

  it('never keeps the sender’s own key and machine', async () => {
    await report({ logs: [{ ...line, message: `hwid-celine with ${input.license_key}` }] });
    expect(kept().lines[0]!.message).toBe('[hwid] with [license_key]');
  });

  it('that is no UTF-8 costs the line its letters, and no more', async () => {
    const text = new TextEncoder().encode(JSON.stringify({ ...input, logs: [{ ...line, message: 'a?b' }, line] }));
    text[text.indexOf('?'.charCodeAt(0))] = 0xff;
    expect((await handle(post(url, text))).status).toBe(202);
    expect(kept().lines.map((one) => [one.message, one.is_repaired])).toEqual([
      ['a\ufffdb', true],
      ['ECONNREFUSED', false],
    ]);
  });

  it('of a thousand lines is kept, of one more refused whole', async () => {
    expect((await report({ logs: Array(1_000).fill(line) })).accepted.logs).toBe(1_000);
    const response = await handle(post(url, { ...input, logs: Array(1_001).fill(line) }));
    expect([response.status, errorBody.parse(await response.json()).code]).toEqual([413, 'too_many_log_lines']);
    expect(dependencies.receive).toHaveBeenCalledTimes(1);
  });

  it('of more than 1 MiB is refused, whatever content-length says', async () => {
    const big = { ...input, logs: [{ ...line, message: 'x'.repeat(1_048_576) }] };
    expect((await handle(post(url, big))).status).toBe(413);
    expect((await handle(post(url, big, { 'content-length': '10' }))).status).toBe(413);
  });

  it.each([
    ['nothing', '', 'invalid_json'],
    ['half of it', '{"license_key":"x"', 'invalid_json'],
    ['null', 'null', 'invalid_input'],
    ['no key', { ...input, license_key: undefined }, 'invalid_input'],
    ['an object for a machine', { ...input, hwid: {} }, 'invalid_input'],
    ['no idempotency key', { ...input, idempotency_key: '' }, 'invalid_input'],
    ['lines that are no list', { ...input, logs: {} }, 'invalid_input'],
  ])('that is %s → 400, and counts', async (_, body, code) => {
    const response = await handle(post(url, body));
    expect(response.status).toBe(400);
    expect(errorBody.parse(await response.json())).toMatchObject({ code });
    expect(dependencies.receive).not.toHaveBeenCalled();
    expect(dependencies.admit).toHaveBeenCalledWith('203.0.113.7');
  });
});

it.each([
  ['license_not_found', 404, null],
  ['hwid_mismatch', 403, null],
  ['log_lag', 503, '60'],
] as const)('%s → %i', async (code, status, retry) => {
  const refused = { allowed: true, retryAfterSeconds: 60, code, message: 'x', result: null };
  dependencies.receive.mockResolvedValue(refused);
  const response = await handle(post(url, input));
  expect([response.status, response.headers.get('retry-after')]).toEqual([status, retry]);
});

it('over the limit → 429 with Retry-After, malformed or not', async () => {
  const full = { allowed: false, retryAfterSeconds: 42, code: null, message: null, result: null };
  dependencies.receive.mockResolvedValue(full);
  dependencies.admit.mockResolvedValue(full);
  for (const body of [input, '']) {
    const response = await handle(post(url, body));
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '42']);
  }
});

it.each(['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('%s → 405', async (method) => {
  const response = await handle(new Request(url, { method }));
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});

it('an unknown path → 404', async () => {
  expect((await handle(post(`${url}/other`, input))).status).toBe(404);
});

it('a session of staff in a customer’s name reports nothing, even beside the right key', async () => {
  const authorization = `Bearer was_${'a'.repeat(64)}`;
  for (const body of [input, {}]) {
    const response = await handle(post(url, body, { authorization }));
    expect(response.status).toBe(403);
    expect(errorBody.parse(await response.json())).toMatchObject({ code: 'session_not_allowed' });
  }
  expect(dependencies.receive).not.toHaveBeenCalled();
  expect(dependencies.admit).toHaveBeenCalledTimes(2);
});
