import { beforeEach, expect, it, vi } from 'vitest';
import { logIngestResponse } from '../../supabase/contracts/functions/log-ingest.ts';
import { errorBody } from '../../supabase/contracts/functions/shared.ts';
import { createMasks } from '../_shared/logs/masks.ts';
import { now, post } from '../_shared/testing.ts';
import { createHandler, type Dependencies, type Served } from './handler.ts';

const url = 'http://functions/log-ingest';
const token = `wal_${'0a'.repeat(32)}`;
const bearer = { authorization: `Bearer ${token}` };
const batch = { idempotency_key: 'k-1', logs: [{ level: 'info', message: 'started' }] };
const served = (over: Partial<Served> = {}): Served => ({
  allowed: true,
  retryAfterSeconds: 60,
  code: null,
  message: null,
  source: 'Backend',
  result: null,
  ...over,
});

let dependencies: { [Name in keyof Dependencies]: ReturnType<typeof vi.fn<Dependencies[Name]>> };
let handle: (request: Request) => Promise<Response>;
beforeEach(() => {
  dependencies = {
    receive: vi.fn<Dependencies['receive']>(async ({ answer }) => served({ result: answer })),
    identify: vi.fn<Dependencies['identify']>(async () => served()),
    masks: vi.fn<Dependencies['masks']>(async () => createMasks([])),
    now: vi.fn<Dependencies['now']>(now),
  };
  handle = createHandler(dependencies);
});

it('keeps a batch under the source of its token, and never the token', async () => {
  const logs = [{ message: `sent with ${token}`, source: 'Stripe' }, { message: '' }];
  const response = await handle(post(url, { ...batch, logs }, bearer));
  expect(response.status).toBe(202);
  expect(logIngestResponse.parse(await response.json())).toEqual({
    accepted: { logs: 1 },
    rejected: [{ part: 'logs', index: 1, code: 'invalid_log_line', field: 'message' }],
    truncated: 0,
    clock_skew_ms: 0,
  });
  const [received] = dependencies.receive.mock.calls[0]!;
  expect(received).toMatchObject({ ip: '203.0.113.7', token, idempotencyKey: 'k-1' });
  expect(received.lines).toMatchObject([{ source: 'Backend', message: 'sent with [token]', level: null }]);
});

it.each<Record<string, string>>([
  {},
  { authorization: 'Bearer' },
  { authorization: 'Basic eDp5' },
  { authorization: `Bearer ${"'".repeat(9)}` },
])('without a token → 401, and reads nothing: %j', async (headers) => {
  const response = await handle(post(url, batch, headers));
  expect([response.status, errorBody.parse(await response.json()).code]).toEqual([401, 'unauthorized']);
  expect(dependencies.identify).not.toHaveBeenCalled();
});

it('with a token that is none, or revoked meanwhile → 401', async () => {
  const none = served({ code: 'unauthorized', message: 'No such token', source: null });
  dependencies.identify.mockResolvedValueOnce(none);
  expect((await handle(post(url, '{', bearer))).status).toBe(401);
  dependencies.receive.mockResolvedValueOnce(none);
  expect((await handle(post(url, batch, bearer))).status).toBe(401);
});

it.each([
  ['half of it', '{"idempotency_key":"k"', 400],
  ['no key', { logs: [] }, 400],
  ['no list', { ...batch, logs: null }, 400],
  ['1,001 lines', { ...batch, logs: Array(1_001).fill({ message: 'x' }) }, 413],
  ['more than 1 MiB', { ...batch, logs: [{ message: 'x'.repeat(1_048_576) }] }, 413],
])('%s → refused', async (_, body, status) => {
  expect((await handle(post(url, body, bearer))).status).toBe(status);
  expect(dependencies.receive).not.toHaveBeenCalled();
});

it('over the limit → 429, while too much waits → 503, both with Retry-After', async () => {
  dependencies.identify.mockResolvedValueOnce(served({ allowed: false, retryAfterSeconds: 42 }));
  const full = await handle(post(url, batch, bearer));
  expect([full.status, full.headers.get('retry-after')]).toEqual([429, '42']);
  dependencies.receive.mockResolvedValueOnce(served({ code: 'log_lag', message: 'later' }));
  const late = await handle(post(url, batch, bearer));
  expect([late.status, late.headers.get('retry-after')]).toEqual([503, '60']);
});

it('other methods and paths', async () => {
  expect((await handle(new Request(url))).status).toBe(405);
  expect((await handle(post(`${url}/x`, batch, bearer))).status).toBe(404);
});
