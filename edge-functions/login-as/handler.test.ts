import { beforeEach, expect, it, vi } from 'vitest';
import { loginAsResponse } from '../../supabase/contracts/functions/login-as.ts';
import { unauthorized } from '../_shared/errors.ts';
import { consoleUrl, post } from '../_shared/testing.ts';
import { createHandler, type Dependencies } from './handler.ts';

const url = 'http://functions/login-as';
const id = '5f0c1f0e-3f6b-4a39-9a0a-0d2b6f3b7f11';
const input = { license_id: id, reason: 'Voir ce qu’il voit' };
const staff = { claims: { sub: 'u' }, ip: '203.0.113.7', userAgent: 'test' };
const started = { session_id: id, token: `wao_${'a'.repeat(64)}`, expires_at: '2026-03-01T12:01:00Z' };

const start = vi.fn<Dependencies['start']>();
const authenticate = vi.fn<Dependencies['authenticate']>();
const handle = createHandler({ start, authenticate, consoleUrl });
beforeEach(() => {
  start.mockReset().mockResolvedValue(started);
  authenticate.mockReset().mockResolvedValue(staff);
});

it('answers with an address whose token is behind #, for nobody to keep', async () => {
  const response = await handle(post(url, input));
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const answer = loginAsResponse.parse(await response.json());
  expect(answer).toEqual({ ...started, url: `whatautosys://session#${started.token}` });
  expect(new URL(answer.url).hash).toBe(`#${started.token}`);
  expect(start).toHaveBeenCalledWith(staff, id, 'Voir ce qu’il voit');
});

it('nobody without a token, nor with a session of his own, begins one', async () => {
  authenticate.mockRejectedValue(unauthorized());
  const response = await handle(post(url, input, { authorization: `Bearer was_${'a'.repeat(64)}` }));
  expect(response.status).toBe(401);
  expect(start).not.toHaveBeenCalled();
});

it.each([
  ['no licence', { reason: 'x' }],
  ['no id', { ...input, license_id: 'x' }],
  ['no reason', { license_id: id }],
  ['an empty reason', { ...input, reason: '' }],
  ['a reason too long', { ...input, reason: 'x'.repeat(501) }],
])('%s → 400', async (_, body) => {
  expect((await handle(post(url, body))).status).toBe(400);
  expect(start).not.toHaveBeenCalled();
});

it('the database’s refusal is the answer', async () => {
  start.mockRejectedValue(Object.assign(new Error('Permission'), { hint: 'permission_denied' }));
  expect((await handle(post(url, input))).status).toBe(403);
});

it.each(['GET', 'PUT', 'HEAD'])('%s → 405', async (method) => {
  expect((await handle(new Request(url, { method }))).status).toBe(405);
  expect(authenticate).not.toHaveBeenCalled();
});
