import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { applyFetched, compareOnce } from './stripe.ts';

let db: TestDatabase;
let admin: Persona;
let support: Persona;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  support = await db.addStaff('support');
  viewer = await db.addStaff('viewer');
  await compareOnce(db.sql);
});
afterAll(() => db.drop());

interface Fields {
  email: string;
  name: string | null;
  company: string | null;
  locale: string;
}
let made = 0;
async function newCustomer(given: Partial<Fields> = {}): Promise<Fields & { id: string }> {
  made += 1;
  const fields = { email: `client${made}@exemple.fr`, name: 'Agathe', company: null, locale: 'fr', ...given };
  const [row] = await db.sql<[{ id: string }]>`insert into public.customers ${db.sql(fields)} returning id`;
  return { id: row.id, ...fields };
}
const save = (who: Persona, seen: Fields & { id: string }, change: Partial<Fields>) => {
  const { id, ...fields } = seen;
  const next = { ...fields, ...change };
  return db.as(
    who,
    (sql) => sql`select public.update_customer(${id}, ${sql.json(fields as never)}, ${next.email}, ${next.name},
      ${next.company}, ${next.locale}) as row`,
  );
};
const stored = async (id: string) =>
  (await db.sql`select email, name, company, locale from public.customers where id = ${id}`)[0];

describe('update_customer()', () => {
  it('by support: name, company, language and address, audited with what was personal sealed', async () => {
    const seen = await newCustomer();
    await save(support, seen, {
      name: ' Agathe Garcia ',
      company: 'Garcia',
      locale: 'en',
      email: ' Neuve@Exemple.fr ',
    });
    expect(await stored(seen.id)).toEqual({
      email: 'neuve@exemple.fr',
      name: 'Agathe Garcia',
      company: 'Garcia',
      locale: 'en',
    });
    const [event] = await db.sql`select event_type, user_id, event_data, sealed is not null as is_sealed
      from public.events where customer_id = ${seen.id} order by sequence desc limit 1`;
    expect(event).toMatchObject({ event_type: 'customer_updated', user_id: support.userId, is_sealed: true });
    expect(JSON.stringify(event!['event_data'])).not.toMatch(/neuve|Garcia/);
  });

  it('an empty name is none, and the same again writes nothing', async () => {
    const seen = await newCustomer();
    await save(admin, seen, { name: '  ' });
    const cleared = { ...seen, name: null };
    expect(await stored(seen.id)).toMatchObject({ name: null });
    const events = () => db.sql`select 1 from public.events where customer_id = ${seen.id}`;
    const before = (await events()).length;
    await save(admin, cleared, {});
    expect(await events()).toHaveLength(before);
  });

  it('licences and waiting mails follow the new address; the former one finds the customer', async () => {
    const { id: licenseId, customer_id } = await createLicense(db.sql, { email: 'avant@exemple.fr', sendEmail: true });
    const seen = { id: customer_id as string, email: 'avant@exemple.fr', name: null, company: null, locale: 'fr' };
    await save(admin, seen, { email: 'apres@exemple.fr' });
    const [row] = await db.sql`select licenses.email, email_outbox.recipient from public.licenses
      join public.email_outbox on license_id = licenses.id where licenses.id = ${licenseId}`;
    expect(row).toEqual({ email: 'apres@exemple.fr', recipient: 'apres@exemple.fr' });
    const [found] = await db.as(viewer, (sql) => sql`select public.search_customers(query => 'avant@exemple') as page`);
    expect((found!['page'] as { rows: { id: string }[] }).rows.map(({ id }) => id)).toEqual([seen.id]);
  });

  it('an address of somebody else is refused with whose it is, and nothing is merged', async () => {
    const [one, other] = [await newCustomer(), await newCustomer()];
    await expect(save(admin, one, { email: other.email.toUpperCase() })).rejects.toMatchObject({
      code: 'PT409',
      hint: 'customer_email_taken',
      detail: other.id,
    });
    expect(await stored(one.id)).toMatchObject({ email: one.email });
  });

  it('what changed meanwhile is refused by name; of two at once one wins', async () => {
    const seen = await newCustomer();
    await save(admin, seen, { company: 'Première' });
    await expect(save(support, seen, { company: 'Seconde', name: 'Autre' })).rejects.toMatchObject({
      code: 'PT409',
      hint: 'customer_changed',
      detail: '["company"]',
    });
    expect(await stored(seen.id)).toMatchObject({ company: 'Première', name: 'Agathe' });
    const race = await newCustomer();
    const outcomes = await Promise.allSettled([
      save(admin, race, { name: 'Un' }),
      save(support, race, { name: 'Deux' }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it.each([
    [{ email: 'nobody' }, 'invalid_email'],
    [{ email: 'forgotten-1@anonymous.invalid' }, 'invalid_email'],
    [{ name: 'x'.repeat(201) }, 'invalid_customer_name'],
    [{ company: 'two\nlines' }, 'invalid_customer_name'],
    [{ locale: 'de' }, 'invalid_argument'],
  ])('refuses %j with %s', async (change, hint) => {
    const seen = await newCustomer();
    await expect(save(admin, seen, change)).rejects.toMatchObject({ hint });
    expect(await stored(seen.id)).toMatchObject({ email: seen.email, name: 'Agathe' });
  });

  it('is refused to viewers, for nobody, and for somebody forgotten', async () => {
    const seen = await newCustomer();
    await expect(save(viewer, seen, { name: 'x' })).rejects.toMatchObject({ code: '42501' });
    await expect(save(admin, { ...seen, id: admin.userId }, { name: 'x' })).rejects.toMatchObject({
      hint: 'customer_not_found',
    });
    await db.as(admin, (sql) => sql`select public.forget_customer(${seen.id}, 'Article 17')`);
    await expect(save(admin, seen, { name: 'x' })).rejects.toMatchObject({ hint: 'customer_forgotten' });
  });
});

describe("Stripe's customer", () => {
  let at = Date.parse('2026-11-01T08:00:00Z');
  const tell = async (stripeId: string, email: string, name = 'Agathe') => {
    at += 60_000;
    const object = { id: stripeId, object: 'customer', email, name };
    await applyFetched(db.sql, [{ object, as_of: at / 1000 }] as never);
  };
  const details = async (id: string) =>
    (await db.as(viewer, (sql) => sql`select public.get_customer(${id}) as customer`))[0]!['customer'] as {
      email: string;
      name: string;
      stripe_email: string | null;
    };
  const alertsOf = (id: string) =>
    db.sql`select kind from public.alerts where customer_id = ${id} and kind = 'stripe_email_differs'`;
  async function linked(stripeId: string) {
    const email = `${stripeId.toLowerCase()}@exemple.fr`;
    await tell(stripeId, email);
    const [row] = await db.sql<[{ id: string }]>`select id from public.customers where email = ${email}`;
    return { id: row.id, email, name: 'Agathe', company: null, locale: 'fr' };
  }

  it('is followed while staff have written nothing else', async () => {
    const seen = await linked('cus_Follows');
    await tell('cus_Follows', 'changed@exemple.fr', 'Agathe Neuve');
    expect(await details(seen.id)).toMatchObject({
      email: 'changed@exemple.fr',
      name: 'Agathe Neuve',
      stripe_email: null,
    });
  });

  it('does not write over what staff wrote; the page says what Stripe has, a new change is alerted', async () => {
    const seen = await linked('cus_Parted');
    await save(support, seen, { email: 'ours@exemple.fr', name: 'Notre nom' });
    await tell('cus_Parted', seen.email);
    expect(await details(seen.id)).toMatchObject({ email: 'ours@exemple.fr', stripe_email: seen.email });
    expect(await alertsOf(seen.id)).toHaveLength(0);
    await tell('cus_Parted', 'theirs@exemple.fr', 'Leur nom');
    await tell('cus_Parted', 'theirs@exemple.fr', 'Leur nom');
    expect(await details(seen.id)).toMatchObject({
      email: 'ours@exemple.fr',
      name: 'Notre nom',
      stripe_email: 'theirs@exemple.fr',
    });
    expect(await alertsOf(seen.id)).toHaveLength(1);
  });

  it('taking the address of another customer of ours changes neither', async () => {
    const [seen, other] = [await linked('cus_Takes'), await newCustomer()];
    await tell('cus_Takes', other.email);
    expect(await details(seen.id)).toMatchObject({ email: seen.email, stripe_email: other.email });
    expect(await alertsOf(seen.id)).toHaveLength(1);
  });
});
