import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
  // One transaction, one moment: as when a rule revokes several licences at once.
  await db.sql`select private.raise_alert('license_revoked_unpaid', 'key ' || number)
    from generate_series(1, 5) as number`;
  await db.sql`select private.raise_alert('stripe_drift_found', 'later')`;
});
afterAll(() => db.drop());

interface Page {
  rows: Array<{ id: string; kind: string; created_at: string; is_read: boolean }>;
  has_more: boolean;
}
const list = async (after: { created_at: string; id: string } | undefined, size: number) =>
  (
    await db.as(
      viewer,
      (sql) =>
        sql<
          [{ page: Page }]
        >`select public.list_alerts(${after?.created_at ?? null}::text::timestamptz, ${after?.id ?? null}, ${size})
          as page`,
    )
  )[0].page;

it('list_alerts() gives alerts of one moment once each over its pages, the newest first', async () => {
  const seen: Page['rows'] = [];
  let more = true;
  while (more) {
    const page = await list(seen.at(-1), 2);
    seen.push(...page.rows);
    more = page.has_more;
  }
  expect(seen).toHaveLength(6);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(6);
  expect(seen[0]).toMatchObject({ kind: 'stripe_drift_found', is_read: false });
});

it('mark_alerts_read() marks for the caller alone', async () => {
  const other = await db.addStaff('admin');
  const [first] = (await list(undefined, 1)).rows;
  const unread = async (who: Persona) =>
    (await db.as(who, (sql) => sql<[{ count: number }]>`select public.count_unread_alerts() as count`))[0].count;
  expect(
    (
      await db.as(viewer, (sql) => sql<[{ marked: number }]>`select public.mark_alerts_read(${[first!.id]}) as marked`)
    )[0].marked,
  ).toBe(1);
  expect([await unread(viewer), await unread(other)]).toEqual([5, 6]);
  expect((await list(undefined, 1)).rows[0]).toMatchObject({ id: first!.id, is_read: true });
});

it('mark_alerts_read() says nothing of alerts the caller may not read', async () => {
  await db.sql`select private.raise_alert('audit_partitions_low', 'audit_partitions_low:test', '{"count": 1}')`;
  const [alert] = await db.sql<[{ id: string }]>`
    select id from public.alerts where dedupe_key = 'audit_partitions_low:test'`;
  const mark = async (who: Persona, ids: string[] | null) =>
    (await db.as(who, (sql) => sql<[{ marked: number }]>`select public.mark_alerts_read(${ids}) as marked`))[0].marked;
  const reader = await db.addStaff('viewer');
  expect(await mark(reader, [alert.id])).toBe(0);
  await mark(reader, null);
  expect(await db.sql`select 1 from public.alert_reads where alert_id = ${alert.id}`).toHaveLength(0);
  expect(await mark(await db.addStaff('admin'), [alert.id])).toBe(1);
});

it.each([0, 201])('refuses a page of %i', async (size) => {
  await expect(list(undefined, size)).rejects.toMatchObject({ code: '22023', hint: 'invalid_argument' });
});
