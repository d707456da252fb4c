import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { eventsOf } from './licenses.ts';
import { mirrored } from './stripe.ts';

let db: TestDatabase;
let admin: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());

const verify = async () =>
  (await db.as(admin, (sql) => sql`select public.audit_verify() as report`))[0]!['report'] as { ok: boolean };

/** Every value of every table of ours, as a backup would hold it. */
async function dump(): Promise<string> {
  const tables = await db.sql<{ name: string }[]>`select format('%I.%I', nspname, relname) as name
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname in ('public', 'private') and relkind = 'r'`;
  const parts = await Promise.all(
    tables.map(({ name }) =>
      db.sql.unsafe(`select coalesce(string_agg(t::text, E'\\n'), '') as text from ${name} as t`),
    ),
  );
  return parts.map(([row]) => row!['text'] as string).join('\n');
}

const planted = {
  email: 'ottoline.planted@exemple.fr',
  former: 'ottoline.before@exemple.fr',
  name: 'Ottoline Zwingli',
  company: 'Zwingli Horlogerie',
  notes: 'Rappeler Ottoline au bureau',
  hwid: 'ZWINGLI-8842-PC',
};

/** A customer with a past: renamed, noted, transferred, mailed, then revoked. */
async function plant(): Promise<{ id: string; customerId: string }> {
  const { id } = await createLicense(db.sql, { email: planted.former, hwid: 'ZW-OLD-1234-99', sendEmail: true });
  const [license] = await db.sql`select customer_id from public.licenses where id = ${id}`;
  const customerId = license!['customer_id'] as string;
  await db.sql`update public.customers
    set email = ${planted.email}, name = ${planted.name}, company = ${planted.company}
    where id = ${customerId}`;
  await db.as(admin, async (sql) => {
    await sql`update public.licenses set notes = ${planted.notes} where id = ${id}`;
    await sql`select public.transfer_license(${id}, ${planted.hwid}, 'Nouveau poste')`;
  });
  return { id, customerId };
}

it('what is personal is sealed in the audit, and opened for whoever may read it', async () => {
  const { id, customerId } = await plant();
  const stored = await db.sql`select events::text as row from public.events where customer_id = ${customerId}`;
  for (const value of [planted.email, planted.former, planted.name, planted.notes])
    expect(stored.filter(({ row }) => String(row).includes(value))).toEqual([]);
  const told = await eventsOf(db.sql, id);
  expect(told.find(({ event_type }) => event_type === 'license_notes_changed')!['event_data']).toMatchObject({
    after: { notes: planted.notes },
  });
  expect(await verify()).toMatchObject({ ok: true });
});

it('the audit finds a customer by a former address', async () => {
  const [customer] = await db.sql<[{ id: string }]>`select id from public.customers where email = ${planted.email}`;
  const [row] = await db.as(admin, (sql) => sql`select public.search_events(query => 'ottoline.before') as page`);
  const { rows } = row!['page'] as { rows: Array<{ customer_id: string }> };
  expect(rows.length).toBeGreaterThan(2);
  expect(rows.every((event) => event.customer_id === customer.id)).toBe(true);
});

it('is refused while a licence is in force, and to support', async () => {
  const [customer] = await db.sql`select id from public.customers where email = ${planted.email}`;
  const forget = (persona: Persona) =>
    db.as(persona, (sql) => sql`select public.forget_customer(${customer!['id']}, 'Demande du client')`);
  await expect(forget(admin)).rejects.toMatchObject({ code: 'PT409', hint: 'customer_in_use' });
  await expect(forget(await db.addStaff('support'))).rejects.toMatchObject({ code: '42501' });
  expect((await db.sql`select anonymized_at from public.customers where id = ${customer!['id']}`)[0]).toEqual({
    anonymized_at: null,
  });
});

it('once forgotten, a dump holds nothing of the person and the chain still verifies', async () => {
  const [customer] = await db.sql<[{ id: string }]>`select id from public.customers where email = ${planted.email}`;
  const { id: customerId } = customer;
  await db.as(admin, async (sql) => {
    for (const { id } of await sql`select id from public.licenses where customer_id = ${customerId}`)
      await sql`select public.revoke_license(${id}, 'Demande du client')`;
    const [row] = await sql`select public.forget_customer(${customerId}, 'Article 17') as customer`;
    expect(row!['customer']).toMatchObject({ name: null, company: null, anonymized_at: expect.any(String) });
  });
  const left = await dump();
  for (const value of [...Object.values(planted), 'ZW-OLD-1234-99', 'ottoline']) expect(left).not.toContain(value);
  expect(await verify()).toMatchObject({ ok: true });
  const [row] = await db.as(admin, (sql) => sql`select public.list_customer_events(${customerId}) as page`);
  const { rows } = row!['page'] as { rows: Array<{ event_type: string; is_forgotten: boolean }> };
  expect(rows.map(({ event_type }) => event_type)).toContain('customer_forgotten');
  expect(rows.some(({ is_forgotten }) => is_forgotten)).toBe(true);
  // Whatever happens to the remains later names nobody again.
  expect(await db.sql`select 1 from private.subject_keys where customer_id = ${customerId}`).toHaveLength(0);
});

it('a licence of somebody forgotten is read without its machine, and changes no more', async () => {
  const { id, customer_id } = await createLicense(db.sql, { email: 'past.person@exemple.fr' });
  await db.sql`update public.licenses
    set issued_at = now() - interval '90 days', expires_at = now() - interval '60 days'
    where id = ${id}`;
  await db.sql`insert into private.checkouts (id, email, plan, locale)
    values (gen_random_uuid(), 'past.person@exemple.fr', 'premium', 'fr')`;
  await db.sql`update public.customers set email = 'past.renamed@exemple.fr' where id = ${customer_id as string}`;
  await db.as(admin, async (sql) => {
    await sql`select public.forget_customer(${customer_id as string}, 'Article 17')`;
    const [row] = await sql`select public.get_license(${id}) as license`;
    expect(row!['license']).toMatchObject({ hwid: null, hwid_hint: '', notes: null });
  });
  await expect(
    db.as(admin, (sql) => sql`select public.extend_license(${id}, 7, 'Geste commercial')`),
  ).rejects.toMatchObject({ code: 'PT409', hint: 'customer_forgotten' });
  expect(await dump()).not.toContain('past.person');
});

it('nothing personal is written about somebody forgotten: no licence, no import, no link, no note', async () => {
  const { id, customer_id } = await createLicense(db.sql, { email: 'gone.person@exemple.fr' });
  await db.as(admin, async (sql) => {
    await sql`select public.revoke_license(${id}, 'Demande du client')`;
    await sql`select public.forget_customer(${customer_id as string}, 'Article 17')`;
  });
  const address = `forgotten-${customer_id as string}@anonymous.invalid`;
  const refused = (query: (sql: typeof db.sql) => Promise<unknown>) => expect(db.as(admin, query as never)).rejects;
  await refused((sql) => sql`select public.create_license(${address}, 'NEW-PC-1234-77', 'premium')`).toMatchObject({
    hint: 'invalid_email',
  });
  await refused((sql) => sql`update public.licenses set notes = 'Rappeler' where id = ${id}`).toMatchObject({
    code: 'PT409',
    hint: 'customer_forgotten',
  });
  await expect(
    db.sql`select private.prepare_checkout(gen_random_uuid(), ${address}, 'premium', 'month', null, 'fr', false)`,
  ).rejects.toMatchObject({ hint: 'invalid_email' });
  await expect(
    db.sql`select private.insert_license(${customer_id as string}, 'premium', now(), now(), 'NEW-PC-1234-77')`,
  ).rejects.toMatchObject({ hint: 'customer_forgotten' });
  const rows = [
    { row: 2, email: address, hwid: 'NEW-PC-1234-77', plan: 'premium' },
    { row: 3, email: 'somebody.else@exemple.fr', hwid: 'NEW-PC-1234-78', plan: 'premium' },
  ];
  const [answer] = await db.as(
    admin,
    (sql) => sql`select public.import_licenses(${sql.json(rows)}, ${'ab'.repeat(32)}, false, 'valid_rows') as done`,
  );
  expect(answer!['done']).toMatchObject({ created: 1, errors: [{ row: 2, column: 'email', reason: 'invalid_email' }] });
});

it('a view that looks for the person goes with them; others stay', async () => {
  const [customer] = await db.sql<
    [{ id: string }]
  >`insert into public.customers (email) values ('seen+view@exemple.fr') returning id`;
  await db.as(
    admin,
    (sql) => sql`insert into public.saved_views (page, name, query, is_shared) values
      ('licenses', 'Elle', 'q=Seen%2Bview%40exemple.fr', true), ('licenses', 'seen+view@exemple.fr', '', false),
      ('licenses', 'Premium', 'plan=premium', true)`,
  );
  const views = () => db.as(admin, (sql) => sql<{ name: string }[]>`select name from public.saved_views order by name`);
  expect(await views()).toHaveLength(3);
  await db.as(admin, (sql) => sql`select public.forget_customer(${customer.id}, 'Article 17')`);
  expect(await views()).toMatchObject([{ name: 'Premium' }]);
});

it('a payment link leaves the address in no event; its buyer is named by his row', async () => {
  await db.sql`insert into public.customers (email) values ('link.buyer@exemple.fr')`;
  for (const email of ['Link.Buyer@exemple.fr ', 'link.stranger@exemple.fr']) {
    const details = db.sql.json({ email, plan: 'premium', locale: 'fr' });
    await db.sql`select private.begin_stripe_action('subscriptions.update', 'checkout_link', gen_random_uuid(),
      null, null, ${details})`;
  }
  const error = { code: 'email_invalid', message: 'Invalid email address: link.stranger@exemple.fr' };
  const [stranger] = await db.sql`select id from private.stripe_acts order by begun_at desc limit 1`;
  await db.sql`select private.settle_stripe_act(${stranger!['id']}, 'refused', ${db.sql.json(error)})`;
  const told = await db.sql`select event_data, customers.email, events::text as row from public.events
    left join public.customers on customers.id = customer_id
    where event_type in ('stripe_action_requested', 'stripe_action_failed') order by sequence`;
  expect(told).toMatchObject([
    { event_data: { action: 'checkout_link', plan: 'premium' }, email: 'link.buyer@exemple.fr' },
    { event_data: { action: 'checkout_link', plan: 'premium' }, email: null },
    { event_data: { action: 'checkout_link', error: { code: 'email_invalid' } } },
  ]);
  const acts = await db.sql`select stripe_acts::text as row from private.stripe_acts`;
  for (const { row } of [...told, ...acts]) expect(row).not.toMatch(/link\.(buyer|stranger)/i);
});

it('forgetting twice, or nobody, is an answer', async () => {
  const [row] = await db.sql<
    [{ id: string }]
  >`insert into public.customers (email) values ('twice@exemple.fr') returning id`;
  const forget = (id: string, reason = 'Article 17') =>
    db.as(admin, (sql) => sql`select public.forget_customer(${id}, ${reason}) as customer`);
  await expect(forget(row.id, '  ')).rejects.toMatchObject({ hint: 'reason_required' });
  const [first] = await forget(row.id);
  const [second] = await forget(row.id);
  expect(second!['customer']).toEqual(first!['customer']);
  await expect(forget('00000000-0000-4000-8000-00000000dead')).rejects.toMatchObject({ code: 'PT404' });
});

it('Stripe does not name a forgotten person again', async () => {
  const { row, payer } = await mirrored(db.sql, { email: 'stripe.person@exemple.fr' });
  await db.sql`update public.subscriptions set status = 'canceled', ended_at = now() where id = ${row.id}`;
  const [customer] = await db.sql<[{ id: string }]>`
    select id from public.customers where email = 'stripe.person@exemple.fr'`;
  await db.as(admin, (sql) => sql`select public.forget_customer(${customer.id}, 'Article 17')`);
  const renamed = { ...payer, name: 'Stripe Person' };
  await db.sql`select private.apply_stripe_customer(${db.sql.json(renamed as never)}, now())`;
  expect((await db.sql`select email, name from public.customers where id = ${customer.id}`)[0]).toEqual({
    email: `forgotten-${customer.id}@anonymous.invalid`,
    name: null,
  });
  // Nor does the ledger keep what an event said of them, once it is applied.
  const event = {
    id: 'evt_late',
    object: 'event',
    type: 'customer.updated',
    created: 1_900_000_000,
    livemode: false,
    api_version: '2026-10-28.endive',
    data: { object: { ...renamed, email: 'late.person@exemple.fr' }, previous_attributes: { name: 'Stripe Person' } },
  };
  const [answer] = await db.sql`select private.receive_stripe_event(${db.sql.json(event as never)}) as answer`;
  expect(answer!['answer']).toEqual({ status: 'processed' });
  expect((await db.sql`select payload, status from public.stripe_events where id = 'evt_late'`)[0]).toEqual({
    status: 'processed',
    payload: { id: 'evt_late', type: 'customer.updated' },
  });
});

it('an event that waits keeps what it needs until it is applied; forgetting again empties what is left', async () => {
  const { row, payer } = await mirrored(db.sql, { email: 'waiting.person@exemple.fr' });
  await db.sql`update public.subscriptions set status = 'canceled', ended_at = now() where id = ${row.id}`;
  const event = (id: string) => ({
    id,
    object: 'event',
    type: 'customer.updated',
    created: 1_900_000_000,
    livemode: false,
    api_version: '2026-10-28.endive',
    data: { object: { ...payer, name: 'Waiting Person' } },
  });
  for (const id of ['evt_waits', 'evt_kept'])
    await db.sql`select private.note_stripe_event(${db.sql.json(event(id) as never)}, 'webhook')`;
  const [customer] = await db.sql<[{ id: string }]>`
    select id from public.customers where email = 'waiting.person@exemple.fr'`;
  const forget = () => db.as(admin, (sql) => sql`select public.forget_customer(${customer.id}, 'Article 17')`);
  await forget();
  const payload = async (id: string) => (await db.sql`select payload from public.stripe_events where id = ${id}`)[0];
  expect(await payload('evt_waits')).toMatchObject({ payload: { data: { object: { name: 'Waiting Person' } } } });
  await db.sql`select private.receive_stripe_event(${db.sql.json(event('evt_waits') as never)})`;
  expect(await payload('evt_waits')).toEqual({ payload: { id: 'evt_waits', type: 'customer.updated' } });
  await db.sql`update public.stripe_events set status = 'ignored', processed_at = now(),
    next_attempt_at = null where id = 'evt_kept'`;
  await forget();
  expect(await payload('evt_kept')).toEqual({ payload: { id: 'evt_kept', type: 'customer.updated' } });
  const told = await db.sql`select 1 from public.events
    where customer_id = ${customer.id} and event_type = 'customer_forgotten'`;
  expect(told).toHaveLength(1);
});

it('every column that looks personal is in private.personal_columns', async () => {
  const columns = await db.sql<{ name: string }[]>`
    select relname || '.' || attname as name from pg_attribute
      join pg_class on pg_class.oid = attrelid join pg_namespace on pg_namespace.oid = relnamespace
    where nspname in ('public', 'private') and relkind in ('r', 'p') and not relispartition
      and attnum > 0 and not attisdropped
      and attname ~ '(^|_)(email|name|company|recipient|phone|notes|address|ip|hwid|last4|user_agent|payload)($|_)'
      and not exists (select from private.personal_columns
        where table_name = relname and column_name = attname)
    order by 1`;
  // Names of things of ours, not of people.
  expect(columns.map(({ name }) => name)).toEqual([
    'log_masks.name',
    'log_rules.name',
    'log_sources.name',
    'personal_columns.column_name',
    'personal_columns.table_name',
    'plans.name',
    'reply_templates.name',
    'report_files.name',
    'report_schedules.name',
    'support_calendars.name',
    'support_holidays.name',
  ]);
  const gone = await db.sql`select table_name, column_name from private.personal_columns
    where not exists (select from pg_attribute join pg_class on pg_class.oid = attrelid
      where relname = table_name and attname = column_name and not attisdropped)`;
  expect(gone).toEqual([]);
});
