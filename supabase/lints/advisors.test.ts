import { supabaseCli } from '@whatautosys/local/cli';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/database.ts';

interface Advice {
  name: string;
  level: 'INFO' | 'WARN' | 'ERROR';
  detail: string;
  metadata: { schema?: string; name?: string };
}

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

/** Splinter's rules as the official CLI carries them. */
async function advise(): Promise<Advice[]> {
  const output = await supabaseCli(['db', 'advisors', '--level', 'info', '--output-format', 'json'], db.url);
  return (JSON.parse(output) as { results: Advice[] }).results;
}

/** What may be advised without being a fault here, each with its reason. */
const allowances: { reason: string; covers(advice: Advice): boolean }[] = [
  {
    reason: 'a database that has just been made has used no index yet',
    covers: ({ name }) => name === 'unused_index',
  },
  {
    reason: 'private is not exposed: its tables are reached by functions, and no policy is the closed door',
    covers: ({ name, metadata }) => name === 'rls_enabled_no_policy' && metadata.schema === 'private',
  },
];

const objections = (advice: Advice[]) =>
  advice.filter((one) => !allowances.some(({ covers }) => covers(one))).map(({ name, detail }) => `${name}: ${detail}`);

it('the advisors of Supabase find nothing but what is allowed, and every allowance is still needed', async () => {
  const advice = await advise();
  expect(objections(advice)).toEqual([]);
  expect(allowances.filter(({ covers }) => !advice.some(covers)).map(({ reason }) => reason)).toEqual([]);
});

it('the advisors object when a rule is broken', async () => {
  await db.sql`create table public.open_table (id int)`;
  await db.sql`grant select on public.open_table to anon`;
  expect(objections(await advise())).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^rls_disabled_in_public: .*open_table/),
      expect.stringMatching(/^no_primary_key: .*open_table/),
    ]),
  );
});
