import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityKind } from '../contracts/constants/customers.ts';
import type { RpcArgs, RpcResult } from '../contracts/rpc/index.ts';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { addLines, settle } from './logs.ts';
import { call, newCustomer } from './tickets.ts';

let db: TestDatabase;
let [admin, support, viewer]: Persona[] = [];
beforeAll(async () => {
  db = await createTestDatabase();
  [admin, support, viewer] = [await db.addStaff('admin'), await db.addStaff('support'), await db.addStaff('viewer')];
});
afterAll(() => db.drop());

type Row = RpcResult<'list_customer_activity'>['rows'][number];
type Customer = Awaited<ReturnType<typeof newCustomer>>;
const activity = (args: RpcArgs<'list_customer_activity'>, by = support) =>
  call(db, by!, 'list_customer_activity', args);
const of = ({ customerId }: Customer, kinds?: ActivityKind[]) =>
  activity({ customer_id: customerId, ...(kinds ? { kinds } : {}) }).then(({ rows }) => rows);
/** An entry in two words. */
const brief = (row: Row): string =>
  row.source === 'event' ? row.data.event_type : `${row.source} ${'status' in row.data ? row.data.status : ''}`.trim();

/** One of everything, an hour apart, the latest first. */
async function eventful(): Promise<Customer> {
  const customer = await newCustomer(db);
  const { customerId, licenseId, email, key } = customer;
  await db.as(admin!, (sql) => sql`select public.extend_license(${licenseId}, 7, 'Geste commercial')`);
  await db.sql`insert into public.payments (license_id, customer_id, email, stripe_payment_id, amount, status,
      payment_date, failure_code, livemode)
    select ${licenseId}, ${customerId}, ${email}, 'ch_' || replace(${licenseId}, '-', '') || hours, 2900, status,
      now() - make_interval(hours => hours), case status when 'failed' then 'expired_card' end, false
    from (values (1, 'failed'), (30, 'succeeded')) as paid (hours, status)`;
  await db.sql`insert into public.support_tickets (subject, channel, customer_id, license_id, status, created_at,
      resolved_at)
    values ('QR Code expiré', 'client', ${customerId}, ${licenseId}, 'resolved', now() - interval '4 hours',
      now() - interval '2 hours')`;
  await addLines(
    db,
    [1, 2, 3].map((attempt) => ({
      level: 'error',
      source: 'Baileys',
      message: `timeout after ${attempt} s`,
      group_id: 77,
      fingerprint_version: 1,
      title: 'timeout after <duration>',
      occurred_at: new Date(Date.now() - 3 * 3_600_000).toISOString(),
    })),
    { sender: `license:${licenseId}`, licenseId },
  );
  await settle(db);
  await db.sql`select private.check_license(${key}, 'HWID-12345678', '1.4.2')`;
  await db.sql`update private.license_checks set first_at = now() - interval '9 hours', times = 12,
    checked_at = now() - interval '5 hours' where license_id = ${licenseId}`;
  await db.sql`insert into public.email_outbox (template, locale, recipient, customer_id, license_id, created_at)
    values ('license_created', 'fr', ${email}, ${customerId}, ${licenseId}, now() - interval '6 hours')`;
  return customer;
}

describe('list_customer_activity()', () => {
  it('lays everything that happened over each other, newest first', async () => {
    const customer = await eventful();
    const rows = await of(customer);
    expect(rows.map(brief)).toEqual([
      'license_extended',
      'license_created',
      'payment failed',
      'ticket_resolved resolved',
      'log_group open',
      'ticket_opened resolved',
      'check_in',
      'mail',
      'payment succeeded',
    ]);
    expect(rows.map(({ at }) => at)).toEqual(
      rows
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    expect(rows.find(({ source }) => source === 'log_group')?.data).toMatchObject({
      title: 'timeout after <duration>',
      level: 'error',
      lines: 3,
    });
    expect(rows.find(({ source }) => source === 'check_in')?.data).toMatchObject({
      code: 'VALID',
      times: 12,
      version: '1.4.2',
      is_own_machine: true,
    });
  });

  it('is the same of a licence, without what is another licence’s', async () => {
    const customer = await eventful();
    const other = await createLicense(db.sql, { email: customer.email });
    await db.sql`insert into public.support_tickets (subject, channel, customer_id) values ('Sans licence', 'client',
      ${customer.customerId})`;
    const { rows } = await activity({ license_id: customer.licenseId });
    expect(rows.map(brief)).toEqual([
      'license_extended',
      'license_created',
      'payment failed',
      'ticket_resolved resolved',
      'log_group open',
      'ticket_opened resolved',
      'check_in',
      'mail',
      'payment succeeded',
    ]);
    expect((await activity({ license_id: other.id })).rows.map(brief)).toEqual(['license_created']);
    expect((await of(customer)).map(brief).filter((each) => each.startsWith('ticket_opened'))).toHaveLength(2);
  });

  it.each<[ActivityKind, string[]]>([
    ['license', ['license_extended', 'license_created']],
    ['payment', ['payment failed', 'payment succeeded']],
    ['ticket', ['ticket_resolved resolved', 'ticket_opened resolved']],
    ['log', ['log_group open']],
    ['check_in', ['check_in']],
    ['mail', ['mail']],
    ['staff', ['license_extended']],
  ])('narrows to %s', async (kind, expected) => {
    const customer = await eventful();
    expect((await of(customer, [kind])).map(brief)).toEqual(expected);
  });

  it('narrows to several kinds together', async () => {
    const customer = await eventful();
    expect((await of(customer, ['mail', 'staff'])).map(brief)).toEqual(['license_extended', 'mail']);
    expect(await of(customer, [])).toHaveLength(9);
  });

  it('goes on where a page ended, each entry once, also where several are of one moment', async () => {
    const customer = await eventful();
    const moment = new Date(Date.now() - 3_600_000 * 20);
    await db.sql`insert into public.events (event_type, subject_type, subject_id, customer_id, actor_kind, created_at)
      select 'customer_updated', 'customer', ${customer.customerId}, ${customer.customerId}, 'system', ${moment}
      from generate_series(1, 5)`;
    await db.sql`insert into public.email_outbox (template, locale, recipient, customer_id, created_at)
      select 'license_created', 'fr', ${customer.email}, ${customer.customerId}, ${moment} from generate_series(1, 5)`;
    const whole = await of(customer);
    expect(whole).toHaveLength(19);
    for (const page_size of [1, 3, 7]) {
      const keys: string[] = [];
      let place: { before?: string; before_key?: string } = {};
      for (let more = true; more;) {
        const page = await activity({ customer_id: customer.customerId, page_size, ...place });
        keys.push(...page.rows.map(({ key }) => key));
        more = page.has_more;
        const last = page.rows.at(-1)!;
        place = { before: last.at, before_key: last.key };
      }
      expect(keys).toEqual(whole.map(({ key }) => key));
    }
  });

  it('tells what happened at Stripe before the licence was there, once', async () => {
    const customer = await newCustomer(db);
    await db.sql`insert into private.stripe_customers (stripe_customer_id, customer_id)
      values ('cus_before', ${customer.customerId})`;
    const [bought] = await db.sql`
      insert into public.subscriptions (stripe_subscription_id, stripe_customer_id, customer_id, email, plan, status,
        license_id, amount_cents, currency, billing_interval, mrr_cents, current_period_start, current_period_end,
        livemode, started_at)
      values ('sub_before', 'cus_before', ${customer.customerId}, ${customer.email}, 'premium', 'active',
        ${customer.licenseId}, 2900, 'EUR', 'month', 2900, now(), now() + interval '30 days', false, now())
      returning id`;
    await db.sql`select private.record_event('subscription_created', 'subscription', ${bought!['id'] as string}, '{}',
      ${customer.customerId})`;
    const { rows } = await activity({ license_id: customer.licenseId, kinds: ['payment'] });
    expect(rows.map(brief)).toContain('subscription_created');
    expect((await of(customer, ['payment'])).map(brief).filter((type) => type === 'subscription_created')).toHaveLength(
      1,
    );
  });

  it('leaves out what the caller may not read, and masks addresses of mails', async () => {
    const customer = await eventful();
    const [mail] = (await activity({ customer_id: customer.customerId, kinds: ['mail'] }, viewer)).rows;
    expect(mail?.source === 'mail' && mail.data.recipient).toBe('c…@example.com');
    const [clear] = (await activity({ customer_id: customer.customerId, kinds: ['mail'] })).rows;
    expect(clear?.source === 'mail' && clear.data.recipient).toBe(customer.email);
    await db.sql`delete from private.role_permissions where role = 'viewer'
      and permission in ('payments.read', 'tickets.read', 'logs.read')`;
    const seen = (await activity({ customer_id: customer.customerId }, viewer)).rows.map(({ source }) => source);
    expect([...new Set(seen)]).toEqual(['event', 'check_in', 'mail']);
    expect((await activity({ customer_id: customer.customerId, kinds: ['payment', 'log'] }, viewer)).rows).toEqual([]);
    await db.sql`insert into private.role_permissions (role, permission)
      select 'viewer', unnest(array['payments.read', 'tickets.read', 'logs.read'])`;
  });

  it('refuses neither one customer nor one licence, unknown kinds and pages of no size', async () => {
    const refused = async (args: object) =>
      activity(args as never).then(
        () => 'answered',
        (error: { hint?: string }) => error.hint,
      );
    const id = randomUUID();
    expect(await refused({})).toBe('invalid_argument');
    expect(await refused({ customer_id: id, license_id: id })).toBe('invalid_argument');
    expect(await refused({ customer_id: id, kinds: ['gossip'] })).toBe('invalid_argument');
    expect(await refused({ customer_id: id, page_size: 0 })).toBe('invalid_argument');
    expect(await refused({ customer_id: id })).toBe('answered');
  });
});
