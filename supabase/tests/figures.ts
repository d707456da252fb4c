import type { Persona, TestDatabase } from './database.ts';

export interface Bucket {
  day: string;
  value: number | null;
  partial: boolean;
}
export interface Metric {
  currency: string;
  zone: string;
  buckets: Bucket[];
  total: number | null;
  before: number | null;
  left_out: Array<{ reason: string; count: number; currency?: string; amount_cents?: number }>;
}
export interface Rows {
  kind: string;
  total: number;
  sum: number | null;
  rows: Array<Record<string, unknown> & { customer: { id: string; email: string } | null }>;
}
export interface Step {
  day: string;
  opening_cents: number;
  new_cents: number;
  expansion_cents: number;
  reactivation_cents: number;
  contraction_cents: number;
  churn_cents: number;
  closing_cents: number;
  partial: boolean;
}

/** The public functions of figures, asked as a person. */
export function figures(db: TestDatabase, who: () => Persona) {
  const ask = async <T>(text: string, values: unknown[]): Promise<T> =>
    db.as(who(), async (sql) => (await sql.unsafe(`select ${text} as answer`, values as never[]))[0]!['answer'] as T);
  return {
    waterfall: (from: string, to: string, granularity = 'month', filters: object = {}) =>
      ask<Step[]>(`public.get_mrr_waterfall($1, $2, $3, $4::text::jsonb)`, [
        from,
        to,
        granularity,
        JSON.stringify(filters),
      ]),
    metric: (name: string, from: string, to: string, granularity = 'month', filters: object = {}) =>
      ask<Metric>(`public.get_metric($1, $2, $3, $4, $5::text::jsonb)`, [
        name,
        from,
        to,
        granularity,
        JSON.stringify(filters),
      ]),
    rows: (name: string, from: string, to: string, filters: object = {}) =>
      ask<Rows>(`public.list_metric_rows($1, $2, $3, $4::text::jsonb)`, [name, from, to, JSON.stringify(filters)]),
    dashboard: (from?: string, to?: string) =>
      ask<Record<string, unknown>>(`public.get_dashboard($1, $2)`, [from ?? null, to ?? null]),
  };
}

/** A customer with two licences that pay nothing by themselves: what they pay is written into the ledger. */
export async function makePayer(db: TestDatabase) {
  const email = `payer-${crypto.randomUUID()}@example.com`;
  const licenses: string[] = [];
  for (const place of [1, 2]) {
    const [made] = await db.sql`select public.create_license(${email}, ${`HWID-${place}-${email}`}, 'starter',
      payment_method => 'manual', send_email => false) ->> 'id' as id`;
    licenses.push(made!['id'] as string);
  }
  const [row] = await db.sql`select id from public.customers where email = ${email}`;
  const id = row!['id'] as string;
  return {
    id,
    email,
    licenses,
    /** A change of what a licence pays a month, from a moment on. */
    pays: async (
      license: 1 | 2,
      delta: number,
      at: string,
      { plan = 'starter', currency = 'EUR', interval = 'month' } = {},
    ) => {
      await db.sql`select private.record_mrr_change(${id}, ${licenses[license - 1]!}, null, ${delta}::bigint,
        ${currency}, ${at}::timestamptz, null, ${plan}, ${interval}, 1)`;
    },
    /** A payment that succeeded, for an invoice of a reason. */
    paid: async (amount: number, at: string, reason: string | null = 'subscription_cycle', currency = 'EUR') => {
      const invoice = reason === null ? null : `in_${crypto.randomUUID().replaceAll('-', '')}`;
      if (invoice)
        await db.sql`insert into public.invoices (stripe_invoice_id, customer_id, email, status, billing_reason, total,
          amount_due, amount_paid, amount_remaining, currency, livemode, issued_at, paid_at)
          values (${invoice}, ${id}, ${email}, 'paid', ${reason}, ${amount}, ${amount}, ${amount}, 0, ${currency},
            false, ${at}, ${at})`;
      const [payment] = await db.sql`insert into public.payments (customer_id, email, license_id, stripe_payment_id,
          stripe_invoice_id, amount, amount_refunded, currency, status, payment_date, livemode)
        values (${id}, ${email}, ${licenses[0]!}, ${`ch_${crypto.randomUUID().replaceAll('-', '')}`}, ${invoice},
          ${amount}, 0, ${currency}, 'succeeded', ${at}, false) returning id`;
      return payment!['id'] as string;
    },
  };
}

/** What happens to a payment, at a moment by Stripe's clock. */
export async function changePayment(db: TestDatabase, id: string, at: string, change: object): Promise<void> {
  await db.sql.begin(async (sql) => {
    await sql`select set_config('private.movement_time', ${at}, true)`;
    await sql`update public.payments set ${sql(change as never)} where id = ${id}`;
  });
}
