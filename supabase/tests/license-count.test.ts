import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
});
afterAll(() => db.drop());

const shown = async () =>
  (
    await db.as(viewer, (sql) => sql<[{ total: number }]>`select (public.search_licenses() ->> 'total')::int as total`)
  )[0].total;
const counted = async () =>
  (await db.sql<[{ total: number }]>`select count(*)::int as total from public.licenses where deleted_at is null`)[0]
    .total;
async function expectTruth(): Promise<number> {
  const total = await shown();
  expect(total).toBe(await counted());
  return total;
}

it('the total of the list is true after creation, deletion and undeletion', async () => {
  expect(await expectTruth()).toBe(0);
  const first = await createLicense(db.sql);
  await createLicense(db.sql);
  expect(await expectTruth()).toBe(2);
  await db.sql`select public.delete_license(${first.id}, 'by mistake')`;
  expect(await expectTruth()).toBe(1);
  await db.sql`update public.licenses set deleted_at = null where id = ${first.id}`;
  await db.sql`update public.licenses set notes = 'no change of count'`;
  expect(await expectTruth()).toBe(2);
});

it('it is true after an import is undone, and what is rolled back never counted', async () => {
  const rows = Array.from({ length: 40 }, (_, row) => ({
    row: row + 1,
    email: `count-${row}@example.com`,
    hwid: `HWID-COUNT-${row}`,
    plan: 'starter',
  }));
  const before = await expectTruth();
  const [{ done }] = await db.sql<[{ done: { import_id: string; created: number } }]>`
    select public.import_licenses(${db.sql.json(rows)}, ${'c'.repeat(64)}, false, 'valid_rows') as done`;
  expect(await expectTruth()).toBe(before + 40);
  await expect(
    db.sql.begin(async (sql) => {
      await createLicense(sql);
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await db.sql`select public.undo_import(${done.import_id})`;
  expect(await expectTruth()).toBe(before);
});

it('compaction while others create loses nothing', async () => {
  const before = await expectTruth();
  await Promise.all([
    ...Array.from({ length: 8 }, () => createLicense(db.sql)),
    ...Array.from({ length: 4 }, () => db.sql`select private.compact_license_counts()`),
  ]);
  expect(await expectTruth()).toBe(before + 8);
  await db.sql`select private.compact_license_counts()`;
  expect(await db.sql`select from private.license_counts`).toHaveLength(1);
  expect(await expectTruth()).toBe(before + 8);
});

it('it is true after an operator deletes a row for good', async () => {
  const license = await createLicense(db.sql);
  const before = await expectTruth();
  const admin = postgres(db.adminUrl, { max: 1, onnotice: () => undefined });
  // Without its events, which hold on to it otherwise.
  await admin.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    await sql`delete from public.events where license_id = ${license.id}`;
    await sql`delete from public.mrr_movements where license_id = ${license.id}`;
  });
  await admin`delete from public.licenses where id = ${license.id}`;
  await admin.end();
  expect(await expectTruth()).toBe(before - 1);
});
