import { expect, it, vi } from 'vitest';
import { type HealthResponse, healthResponse } from '../../supabase/contracts/functions/health.ts';
import { now } from '../_shared/testing.ts';
import { createHandler, type Dependencies } from './handler.ts';

const up: Dependencies = {
  ping: async () => 1,
  appliedHash: async () => 'a1',
  expectedHash: 'a1',
  answersByMail: true,
  now,
};
const refused = async (): Promise<never> => {
  throw new Error('refused');
};

const ask = async (dependencies: Partial<Dependencies> = {}, init: RequestInit = {}) =>
  createHandler({ ...up, ...dependencies })(new Request('http://f/health', init));

it('200 while the database answers, 503 when it does not', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const well = await ask();
  expect(well.status).toBe(200);
  expect(healthResponse.parse(await well.json())).toEqual({
    status: 'ok',
    database: 'ok',
    schema: 'current',
    answers_by_mail: true,
    time: '2026-03-01T12:00:00.000Z',
  });
  const down = await ask({ ping: refused });
  expect(down.status).toBe(503);
  expect(healthResponse.parse(await down.json())).toMatchObject({
    status: 'unavailable',
    database: 'unavailable',
    schema: 'unknown',
  });
});

it.each([
  ['current', {}],
  ['other', { appliedHash: async () => 'b2' }],
  ['unknown', { appliedHash: async () => undefined }],
  ['unknown', { appliedHash: refused }],
  ['unknown', { expectedHash: undefined }],
] satisfies [HealthResponse['schema'], Partial<Dependencies>][])('schema is %s: %o', async (schema, dependencies) => {
  const answer = await ask(dependencies);
  expect(answer.status).toBe(200);
  expect(healthResponse.parse(await answer.json()).schema).toBe(schema);
});

it('405 for a POST', async () => {
  expect((await ask({}, { method: 'POST' })).status).toBe(405);
});
