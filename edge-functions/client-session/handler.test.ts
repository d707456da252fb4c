import { beforeEach, describe, expect, it, vi } from 'vitest';
import { clientSessionResponse } from '../../supabase/contracts/functions/client-session.ts';
import { errorBody } from '../../supabase/contracts/functions/shared.ts';
import { post } from '../_shared/testing.ts';
import { createHandler, type Dependencies } from './handler.ts';

const url = 'http://functions/client-session';
const input = { token: `wao_${'a'.repeat(64)}`, hwid: 'ADMIN-PC' };
const answer = {
  session: `was_${'b'.repeat(64)}`,
  expires_at: '2026-03-01T12:30:00Z',
  banner: { customer: 'Agathe Garcia', staff: 'Camille Roy', reason: 'x', ends_at: '2026-03-01T12:30:00Z' },
};
const served = { allowed: true, retryAfterSeconds: 60, code: null, message: null, answer };

let dependencies: { [Name in keyof Dependencies]: ReturnType<typeof vi.fn<Dependencies[Name]>> };
let handle: (request: Request) => Promise<Response>;
beforeEach(() => {
  dependencies = {
    redeem: vi.fn<Dependencies['redeem']>(async () => served),
    admit: vi.fn<Dependencies['admit']>(async () => ({ allowed: true, retryAfterSeconds: 60 })),
  };
  handle = createHandler(dependencies);
});

it('redeems, and nobody on the way keeps the answer', async () => {
  const response = await handle(post(url, { ...input, surprise: 1 }, { 'user-agent': 'WhatAutosys/3' }));
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(clientSessionResponse.parse(await response.json())).toEqual(answer);
  expect(dependencies.redeem).toHaveBeenCalledWith({ ip: '203.0.113.7', userAgent: 'WhatAutosys/3', ...input });
});

it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])(
  '%s → 405 and redeems nothing, whatever it names',
  async (method) => {
    const response = await handle(new Request(`${url}?token=${input.token}&hwid=x`, { method }));
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(dependencies.redeem).not.toHaveBeenCalled();
  },
);

describe('malformed', () => {
  it.each([
    ['nothing', ''],
    ['no machine', { token: input.token }],
    ['an empty machine', { ...input, hwid: '' }],
    ['no token', { hwid: 'x' }],
    ['a token too long', { ...input, token: 'x'.repeat(101) }],
    ['NUL in it', { ...input, hwid: 'a\0b' }],
    ['a list of tokens', { ...input, token: [input.token] }],
  ])('%s → 400, and counts', async (_, body) => {
    const response = await handle(post(url, body));
    expect(response.status).toBe(400);
    expect(JSON.stringify(errorBody.parse(await response.json()))).not.toContain(input.token);
    expect(dependencies.redeem).not.toHaveBeenCalled();
    expect(dependencies.admit).toHaveBeenCalledWith('203.0.113.7');
  });
});

it('over the limit → 429 with Retry-After, malformed or not', async () => {
  const full = { allowed: false, retryAfterSeconds: 42, code: null, message: null, answer: null };
  dependencies.redeem.mockResolvedValue(full);
  dependencies.admit.mockResolvedValue(full);
  for (const response of [await handle(post(url, input)), await handle(post(url, ''))])
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '42']);
});

it('refuses with the code the database gives', async () => {
  dependencies.redeem.mockResolvedValue({ ...served, answer: null, code: 'session_refused', message: 'No' });
  const response = await handle(post(url, input));
  expect([response.status, await response.json()]).toEqual([
    401,
    { code: 'session_refused', message: 'No', details: null },
  ]);
});

it('a failure is an opaque 500, and the token is in no log', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  dependencies.redeem.mockRejectedValue(new Error('the database is gone'));
  const response = await handle(post(url, input));
  expect(response.status).toBe(500);
  expect(JSON.stringify(log.mock.calls)).not.toContain(input.token);
  log.mockRestore();
});

it('an unknown path → 404', async () => {
  expect((await handle(post(`${url}/other`, input))).status).toBe(404);
});
