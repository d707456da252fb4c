import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';

/** A feature made in one migration: not a line of it lies in another room. */
const migration = `
  insert into private.error_codes (code, status) values ('gadget_not_found', 404);
  insert into private.role_permissions (role, permission)
    values ('admin', 'gadgets.read'), ('admin', 'gadgets.export'), ('support', 'gadgets.read');
  insert into private.alert_kinds (kind, severity, permission) values ('gadget_lost', 'warning', 'gadgets.read');
  insert into private.email_templates (template, description) values ('gadget_sent', 'A gadget on its way');
  insert into private.export_subjects (subject, permission) values ('gadgets', 'gadgets.export');
  insert into private.searchables (subject, permission, position) values ('gadgets', 'gadgets.read', 9);
  insert into public.settings (key, value, minimum, maximum, description)
    values ('gadget_limit', '3', 1, 9, 'Gadgets a customer may have');
  insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure)
    values ('gadgets', 'engraving', 'free_text', 'contract', 'clear');
  create table public.gadgets (
    id uuid primary key default gen_random_uuid(),
    customer_id uuid not null references public.customers (id),
    name text not null,
    engraving text
  );
  create trigger gadgets_after_audit after insert or update on public.gadgets
    for each row execute function private.audit_after_row('gadget', 'id', 'customer_id');
  create function private.find_gadgets(query text, max_rows int) returns jsonb language sql stable as $$
    select coalesce(jsonb_agg(to_jsonb(found)), '[]') from (
      select id, name from public.gadgets where name ilike '%' || $1 || '%' limit $2) as found $$;`;

let db: TestDatabase;
let admin: Persona;
let viewer: Persona;
let customerId: string;
let gadgetId: string;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.sql.unsafe(migration);
  [admin, viewer] = [await db.addStaff('admin'), await db.addStaff('viewer')];
  const { customer_id } = await createLicense(db.sql);
  customerId = customer_id as string;
  const [row] = await db.sql<[{ id: string }]>`insert into public.gadgets (customer_id, name, engraving)
    values (${customerId}, 'Sonar', 'Pour Ottoline') returning id`;
  gadgetId = row.id;
});
afterAll(() => db.drop());

it('is audited, what is personal sealed', async () => {
  const [event] = await db.sql`select event_type, subject_type, subject_id, events::text as stored,
      private.event_row(events, private.master_key()) -> 'event_data' as told
    from public.events where subject_type = 'gadget'`;
  expect(event).toMatchObject({
    event_type: 'gadget_created',
    subject_id: gadgetId,
    told: { after: { name: 'Sonar', engraving: 'Pour Ottoline' } },
  });
  expect(event!['stored']).not.toContain('Ottoline');
});

it('alerts who may read it, and nobody else', async () => {
  await db.sql`select private.raise_alert('gadget_lost', 'gadget_lost:1', '{}', 'gadget', ${gadgetId}, ${customerId})`;
  const seen = async (persona: Persona) =>
    (await db.as(persona, (sql) => sql`select kind, severity from public.alerts`)).map((row) => ({ ...row }));
  expect(await seen(admin)).toEqual([{ kind: 'gadget_lost', severity: 'warning' }]);
  expect(await seen(await db.addStaff('support'))).toHaveLength(1);
  expect(await seen(viewer)).toEqual([]);
});

it('mails by a template of its own, and by none that nobody knows', async () => {
  const mail = (template: string) => db.sql`insert into public.email_outbox (template, locale, recipient, customer_id)
    values (${template}, 'fr', 'x@example.com', ${customerId}) returning status`;
  expect(await mail('gadget_sent')).toHaveLength(1);
  await expect(mail('gadget_unknown')).rejects.toMatchObject({ code: '23503' });
});

it('is exported with its own permission', async () => {
  const record = (persona: Persona) =>
    db.as(persona, (sql) => sql`select public.record_export('gadgets', 'csv', 1, '{"query": "ottoline@x.fr"}')`);
  await record(admin);
  await expect(record(viewer)).rejects.toMatchObject({ code: '42501', hint: 'permission_denied' });
  const [event] = await db.sql`select subject_id, event_data from public.events where event_type = 'export_created'`;
  expect(event).toMatchObject({ subject_id: 'gadgets', event_data: { row_count: 1, is_search: true } });
  expect(JSON.stringify(event)).not.toContain('ottoline');
});

it('is found by the palette, for who may read it', async () => {
  const find = async (persona: Persona) =>
    (await db.as(persona, (sql) => sql`select public.find_anything('sona') as found`))[0]!['found'];
  expect(await find(admin)).toMatchObject({ gadgets: [{ id: gadgetId, name: 'Sonar' }], licenses: [] });
  expect(await find(viewer)).not.toHaveProperty('gadgets');
});

it('has its setting within its bounds, and its error with its status', async () => {
  await expect(
    db.as(admin, (sql) => sql`update public.settings set value = '10' where key = 'gadget_limit'`),
  ).rejects.toMatchObject({ code: '22023', hint: 'invalid_setting' });
  await expect(db.sql`select private.fail('gadget_not_found', 'No such gadget')`).rejects.toMatchObject({
    code: 'PT404',
    hint: 'gadget_not_found',
  });
});
