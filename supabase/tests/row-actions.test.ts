import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { age, createLicense, createTestDatabase, type Persona, type Role, type TestDatabase } from './database.ts';
import { applyFetched, charge, invoice, invoicePayment, mirrored, type SubscriptionInput, start } from './stripe.ts';

/**
 * Every state, every role, every action: what a row says of an action is what the action then does. Each is tried in a
 * transaction that is taken back.
 */
let db: TestDatabase;
const staff = {} as Record<Role, Persona>;
const roles: Role[] = ['admin', 'support', 'viewer'];
beforeAll(async () => {
  db = await createTestDatabase();
  for (const role of roles) staff[role] = await db.addStaff(role);
});
afterAll(() => db.drop());

type Actions = Record<string, string | null>;
type Sql = Parameters<Parameters<TestDatabase['as']>[1]>[0];
class Undo extends Error {}

/** The code an act was refused with; null when it was done. */
async function outcome(
  act: (sql: Sql) => Promise<unknown>,
  run: (work: (sql: Sql) => Promise<never>) => Promise<unknown>,
) {
  try {
    await run(async (sql) => {
      await act(sql);
      throw new Undo();
    });
  } catch (error) {
    if (error instanceof Undo) return null;
    return (error as { hint?: string }).hint ?? String(error);
  }
  throw new Error('the transaction was not taken back');
}
const asPerson = (role: Role) => (work: (sql: Sql) => Promise<never>) => db.as(staff[role], work);
/** As an Edge Function acts: the rights of `postgres`, the claims of the person. */
const asFunction = (role: Role) => (work: (sql: Sql) => Promise<never>) =>
  db.sql.begin(async (sql) => {
    await sql`select set_config('request.jwt.claims', ${JSON.stringify(staff[role].claims)}, true)`;
    return work(sql);
  });

async function compare(
  said: Actions,
  acts: Record<string, (sql: Sql) => Promise<unknown>>,
  run: (work: (sql: Sql) => Promise<never>) => Promise<unknown>,
): Promise<void> {
  expect(Object.keys(said).sort()).toEqual(Object.keys(acts).sort());
  for (const [name, act] of Object.entries(acts))
    expect(`${name}: ${await outcome(act, run)}`).toBe(`${name}: ${said[name]}`);
}

describe('licences', () => {
  const fresh = async () => (await createLicense(db.sql)).id;
  const states: Record<string, () => Promise<string>> = {
    active: fresh,
    'in grace': async () => {
      const id = await fresh();
      await age(db.sql, id, 32);
      return id;
    },
    'of a colleague': async () => (await createLicense(db.sql, { email: staff.support.email })).id,
    expired: async () => {
      const id = await fresh();
      await age(db.sql, id, 90);
      return id;
    },
    revoked: async () => {
      const id = await fresh();
      await db.sql`select public.revoke_license(${id}, 'x')`;
      return id;
    },
    suspended: async () => {
      const id = await fresh();
      await db.sql`select public.suspend_license(${id}, 'x')`;
      return id;
    },
    used: async () => {
      const id = await fresh();
      await db.sql`update public.licenses set last_check_in = now() where id = ${id}`;
      return id;
    },
    'for twenty years': async () => (await createLicense(db.sql, { expiresAt: in20Years() })).id,
    'with an address that takes no mail': async () => {
      const { id, customer_id } = await createLicense(db.sql);
      await db.sql`update public.customers set mail_refused = 'bounced', mail_refused_at = now()
        where id = ${customer_id as string}`;
      return id;
    },
    subscribed: async () => {
      const { id, email } = await createLicense(db.sql);
      await mirrored(db.sql, { email: email as string, licenseId: id });
      return id;
    },
    deleted: async () => {
      const id = await fresh();
      await db.sql`select public.delete_license(${id}, 'x')`;
      return id;
    },
    'of somebody forgotten': async () => {
      const { id, customer_id } = await createLicense(db.sql);
      await db.sql`select public.revoke_license(${id}, 'x')`;
      await db.sql`select public.forget_customer(${customer_id as string}, 'x')`;
      return id;
    },
  };
  const in20Years = () => new Date(Date.now() + 20 * 365.25 * 86_400_000 - 2 * 86_400_000);
  const acts = (id: string): Record<string, (sql: Sql) => Promise<unknown>> => ({
    extend: (sql) => sql`select public.extend_license(${id}, 1, 'x')`,
    change_plan: (sql) => sql`select public.change_license_plan(${id}, 'enterprise', 'x')`,
    transfer: (sql) => sql`select public.transfer_license(${id}, 'HWID-ANOTHER', 'x')`,
    send_key: (sql) => sql`select public.send_license_key(${id})`,
    renew_key: (sql) => sql`select public.renew_license_key(${id}, 'x')`,
    suspend: (sql) => sql`select public.suspend_license(${id}, 'x')`,
    reinstate: (sql) => sql`select public.reinstate_license(${id}, 'x')`,
    // Whether it may be, not what becomes of its subscription.
    revoke: (sql) => sql`select public.revoke_license(${id}, 'x', billed_on => true)`,
    delete: (sql) => sql`select public.delete_license(${id}, 'x')`,
  });

  it.each(Object.keys(states))('%s', async (state) => {
    const id = await states[state]!();
    for (const role of roles) {
      const [row] = await db.as(staff[role], (sql) => sql`select public.get_license(${id}) -> 'actions' as said`);
      const { download_file: file, login_as: logIn, ...said } = row!['said'] as Actions;
      await compare(said, acts(id), asPerson(role));
      await compare(
        { download_file: file!, login_as: logIn! },
        {
          download_file: (sql) => sql`select private.license_file_contents(${id})`,
          login_as: (sql) => sql`select private.start_client_session(${id}, 'x')`,
        },
        asFunction(role),
      );
    }
  });
});

const begin =
  (permission: string, action: string, subscription: string | null, payment: string | null = null) =>
  (sql: Sql) =>
    sql`select private.begin_stripe_action(${permission}, ${action}, gen_random_uuid(), ${subscription}, ${payment},
      '{}', coalesce((select to_jsonb(subscriptions) from public.subscriptions where id = ${subscription}),
        (select to_jsonb(payments) from public.payments where id = ${payment})))`;

describe('subscriptions', () => {
  const coupon = { id: 'di_1', source: { coupon: { id: 'WELCOME', percent_off: 10, duration: 'once' } } };
  const states: Record<string, SubscriptionInput> = {
    active: {},
    ending: { cancel_at_period_end: true },
    'ending on a day': { cancel_at: start + 90 * 86_400 },
    'with a discount': { discounts: [coupon] },
    ended: { status: 'canceled', ended_at: start + 100, canceled_at: start + 100 },
    incomplete: { status: 'incomplete' },
    paused: { status: 'paused' },
  };
  const acts = (id: string): Record<string, (sql: Sql) => Promise<unknown>> => ({
    retry_payment: begin('subscriptions.update', 'retry_payment', id),
    portal_link: begin('subscriptions.update', 'portal_link', id),
    remind: async (sql) => {
      const [row] = await sql`select public.send_subscription_reminders(array[${id}::uuid]) as done`;
      const [skipped] = (row!['done'] as { skipped: Array<{ reason: string }> }).skipped;
      if (skipped) throw Object.assign(new Error('skipped'), { hint: skipped.reason });
    },
    change_plan: begin('subscriptions.manage', 'change_plan', id),
    apply_coupon: begin('subscriptions.manage', 'apply_coupon', id),
    remove_coupon: begin('subscriptions.manage', 'remove_coupon', id),
    undo_cancel: begin('subscriptions.manage', 'undo_cancel', id),
    cancel: begin('subscriptions.manage', 'cancel', id),
    link_license: async (sql) => {
      const [licensed] =
        await db.sql`select licenses.id from public.licenses join public.subscriptions using (customer_id)
        where subscriptions.id = ${id}`;
      const chosen = licensed?.['id'] ?? (await licenseFor(id));
      await sql`select public.link_subscription_license(${id}, ${chosen})`;
    },
  });
  const licenseFor = async (id: string) => {
    const [row] = await db.sql`select email from public.subscriptions where id = ${id}`;
    return (await createLicense(db.sql, { email: row!['email'] as string })).id;
  };
  const saidOf = async (role: Role, id: string) =>
    (await db.as(staff[role], (sql) => sql`select public.get_subscription(${id}) -> 'actions' as said`))[0]![
      'said'
    ] as Actions;

  it.each(Object.keys(states))('%s', async (state) => {
    const { row } = await mirrored(db.sql, states[state] as never);
    for (const role of roles) await compare(await saidOf(role, row.id), acts(row.id), asFunction(role));
  });

  it.each([
    ['whose payment fails', `payment_failed_at = now(), status = 'past_due'`],
    ['expiring', `cancel_at_period_end = true, current_period_end = now() + interval '3 days'`],
    [
      'expiring and reminded',
      `cancel_at_period_end = true, current_period_end = now()::date + interval '3 days',
        reminded_at = now(), reminded_for = now()::date + interval '3 days'`,
    ],
  ])('%s', async (_state, change) => {
    const { row } = await mirrored(db.sql);
    await db.sql.unsafe(`update public.subscriptions set ${change} where id = '${row.id}'`);
    for (const role of roles) await compare(await saidOf(role, row.id), acts(row.id), asFunction(role));
  });
});

describe('payments', () => {
  it.each([
    ['succeeded', {}, null],
    ['failed', { status: 'failed' }, 'nothing_to_refund'],
    ['refunded', { amount: 2900, amount_refunded: 2900 }, 'nothing_to_refund'],
    ['refunded in part', { amount: 2900, amount_refunded: 900 }, null],
  ] as const)('%s', async (_state, given, expected) => {
    const { payer, bought } = await mirrored(db.sql);
    const [money, bill] = [charge(payer.id, given as never), invoice(bought)];
    await applyFetched(db.sql, [
      { object: bill, as_of: start },
      { object: invoicePayment(bill.id, money.payment_intent), as_of: start },
      { object: money, as_of: start },
    ]);
    const [{ id }] = await db.sql<
      [{ id: string }]
    >`select id from public.payments where stripe_payment_id = ${money.id}`;
    const saidOf = async (role: Role) => {
      const [row] = await db.as(staff[role], (sql) => sql`select public.search_payments(query => ${money.id}) as page`);
      return (row!['page'] as { rows: Array<{ actions: Actions }> }).rows[0]!.actions;
    };
    expect(await saidOf('admin')).toEqual({ refund: expected });
    for (const role of roles)
      await compare(await saidOf(role), { refund: begin('payments.refund', 'refund', null, id) }, asFunction(role));
    await db.sql`update public.payments set dispute_status = 'needs_response' where id = ${id}`;
    for (const role of roles)
      await compare(await saidOf(role), { refund: begin('payments.refund', 'refund', null, id) }, asFunction(role));
  });
});

describe('customers', () => {
  it.each(['with a licence in force', 'without', 'forgotten'])('%s', async (state) => {
    const license = await createLicense(db.sql);
    const id = license.customer_id as string;
    if (state !== 'with a licence in force') await db.sql`select public.revoke_license(${license.id}, 'x')`;
    if (state === 'forgotten') await db.sql`select public.forget_customer(${id}, 'x')`;
    const [row] = await db.sql`select email, name, company, locale from public.customers where id = ${id}`;
    for (const role of roles) {
      const [read] = await db.as(staff[role], (sql) => sql`select public.get_customer(${id}) -> 'actions' as said`);
      await compare(
        read!['said'] as Actions,
        {
          update: (sql) =>
            sql`select public.update_customer(${id}, ${sql.json(row as never)}, 'new@exemple.fr', null, null, 'fr')`,
          forget: (sql) => sql`select public.forget_customer(${id}, 'x')`,
        },
        asPerson(role),
      );
    }
  });
});

describe('staff', () => {
  it.each(['active', 'active with a second factor', 'switched off', 'oneself'])('%s', async (state) => {
    const member = await db.addStaff('support', { isActive: state !== 'switched off' });
    if (state === 'active with a second factor')
      await db.sql`insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
        values (gen_random_uuid(), ${member.userId}, 'totp', 'verified', now(), now())`;
    const id = state === 'oneself' ? staff.admin.userId : member.userId;
    const [read] = await db.as(staff.admin, (sql) => sql`select public.list_staff() as rows`);
    const said = (read!['rows'] as Array<{ user_id: string; actions: Actions }>).find(({ user_id }) => user_id === id)!;
    await compare(
      said.actions,
      {
        set_role: (sql) => sql`select private.change_staff(${id}, new_role => 'viewer')`,
        resend_invitation: (sql) =>
          sql`select private.require_staff_action(staff, 'resend_invitation') from public.staff where user_id = ${id}`,
        reactivate: (sql) => sql`select private.change_staff(${id}, new_is_active => true)`,
        reset_mfa: (sql) => sql`select private.reset_staff_factors(${id})`,
        deactivate: (sql) => sql`select private.change_staff(${id}, new_is_active => false)`,
      },
      asFunction('admin'),
    );
  });

  it('without the permission one reads oneself only, and may do nothing', async () => {
    const [read] = await db.as(staff.support, (sql) => sql`select public.list_staff() as rows`);
    const rows = read!['rows'] as Array<{ user_id: string; actions: Actions }>;
    expect(rows.map(({ user_id }) => user_id)).toEqual([staff.support.userId]);
    expect(new Set(Object.values(rows[0]!.actions))).toEqual(new Set(['permission_denied']));
  });
});
