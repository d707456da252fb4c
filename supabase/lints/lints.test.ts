import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/database.ts';
import { lints } from './lints.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const objections = async (query: string, sql: TestDatabase['sql'] = db.sql) =>
  (await sql.unsafe(query)).map(({ object }) => String(object));

describe.each(lints)('$name', ({ query, break: breakIt, allowed = {} }) => {
  it('finds nothing but what is allowed, and every allowance is still needed', async () => {
    expect((await objections(query)).sort()).toEqual(Object.keys(allowed).sort());
  });

  it('objects when the rule is broken', async () => {
    const before = await objections(query);
    await db.sql
      .begin(async (sql) => {
        await sql.unsafe(breakIt);
        expect(await objections(query, sql as never)).not.toEqual(before);
        throw new Error('back');
      })
      .catch((error: Error) => {
        if (error.message !== 'back') throw error;
      });
    expect(await objections(query)).toEqual(before);
  });
});
