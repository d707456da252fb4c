import type postgres from 'postgres';

const chunk = 50_000;

/**
 * So many paid invoices with their payments over the last fourteen months, of the customers there are: the first of
 * each is new, the others renew, some are given back a week later.
 */
export async function loadPayments(sql: postgres.Sql, count: number, progress?: (done: number) => void): Promise<void> {
  const [there] = await sql<[{ payments: number }]>`select count(*)::int as payments from public.payments`;
  for (let from = 0; from < count; from += chunk) {
    const size = Math.min(chunk, count - from);
    await sql.begin(async (transaction) => {
      // The past is read in: nobody is told.
      await transaction`select set_config('private.stripe_backfill', 'on', true)`;
      await transaction`
        with payers as materialized (
          select row_number() over (order by licenses.id) - 1 as place, licenses.id as license_id,
            licenses.customer_id, licenses.email, plans.monthly_price_cents as cents
          from public.licenses join public.plans on plans.code = licenses.plan where licenses.deleted_at is null
        ), made as materialized (
          select payers.*, number, 'bulk' || (${there.payments} + number) as suffix,
            now() - make_interval(hours => (number * 7919 % 10080)::int) as paid_at
          from generate_series(${from}::int, ${from + size - 1}::int) as number
          join payers on payers.place = number % (select count(*) from payers)
        ), invoiced as (
          insert into public.invoices (stripe_invoice_id, customer_id, email, status, billing_reason, total,
            amount_due, amount_paid, amount_remaining, currency, livemode, issued_at, paid_at)
          select 'in_' || suffix, customer_id, email, 'paid',
            case when number % 12 = 0 then 'subscription_create' when number % 50 = 1 then 'subscription_update'
              else 'subscription_cycle' end,
            cents, cents, cents, 0, 'EUR', false, paid_at, paid_at from made
        )
        insert into public.payments (license_id, customer_id, email, stripe_payment_id, stripe_invoice_id, amount,
          amount_refunded, currency, status, payment_date, livemode)
        select license_id, customer_id, email, 'ch_' || suffix, 'in_' || suffix, cents,
          case when number % 100 = 3 then cents else 0 end, 'EUR',
          case when number % 40 = 7 then 'failed' else 'succeeded' end, paid_at, false from made`;
    });
    progress?.(from + size);
  }
  await sql`vacuum analyze public.payments, public.invoices, public.cash_movements`;
}
