import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDemoData } from '@whatautosys/seed/demo-data';
import { loadDemoData } from '@whatautosys/seed/load';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let admin: Persona;
const data = makeDemoData({ count: 500, now: new Date() });
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  const support = await db.addStaff('support');
  await loadDemoData(
    db.sql,
    data,
    [admin, support].map(({ userId, email }) => ({ user_id: userId, email })),
  );
});
afterAll(() => db.drop());

it('demo licences check like real ones, and their keys have the right check character', async () => {
  const rows = await db.sql`
    select checked.code, private.is_license_key(demo.license_key) as is_key
    from jsonb_to_recordset(${db.sql.json(data.licenses as never)}) as demo (license_key text, hwid text),
      private.check_license(demo.license_key, demo.hwid) as checked`;
  expect(rows.every(({ is_key }) => is_key)).toBe(true);
  expect(new Set(rows.map(({ code }) => code))).toEqual(new Set(['VALID', 'GRACE_PERIOD', 'EXPIRED', 'REVOKED']));
});

it('demo events stand in the chain, dated in the past, and the trail verifies', async () => {
  const [row] = await db.as(admin, (sql) => sql`select public.audit_verify() as result`);
  expect(row!.result).toMatchObject({ ok: true });
  const [{ oldest }] = (await db.sql`select min(created_at) as oldest from public.events`) as never as [
    { oldest: Date },
  ];
  expect(Date.now() - oldest.getTime()).toBeGreaterThan(380 * 86_400_000);
});

it('demo data mails nobody', async () => {
  expect(await db.sql`select 1 from public.email_outbox`).toHaveLength(0);
  const [trigger] = await db.sql`select tgenabled from pg_trigger where tgname = 'licenses_after_audit_insert'`;
  expect(trigger!.tgenabled).toBe('O');
});
