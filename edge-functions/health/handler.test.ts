import { expect, it, vi } from 'vitest';
import { healthResponse } from '../../supabase/contracts/functions/health.ts';
import { now } from '../_shared/testing.ts';
import { createHandler } from './handler.ts';

it('200 while the database answers, 503 when it does not', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const up = await createHandler({ ping: async () => 1, now })(new Request('http://f/health'));
  expect(up.status).toBe(200);
  expect(healthResponse.parse(await up.json())).toEqual({
    status: 'ok',
    database: 'ok',
    time: '2026-03-01T12:00:00.000Z',
  });
  const down = await createHandler({
    ping: async () => {
      throw new Error('refused');
    },
    now,
  })(new Request('http://f/health'));
  expect(down.status).toBe(503);
  expect(healthResponse.parse(await down.json())).toMatchObject({ status: 'unavailable', database: 'unavailable' });
});

it('405 for a POST', async () => {
  expect(
    (await createHandler({ ping: async () => 1, now })(new Request('http://f/health', { method: 'POST' }))).status,
  ).toBe(405);
});
