import type postgres from 'postgres';

/**
 * The ends of licences that were followed by a payment, back from where each ends now: monthly, or yearly when it was
 * sold by years. One in twenty was renewed some hours late.
 */
export async function loadRenewals(sql: postgres.Sql): Promise<void> {
  await sql`
    insert into private.license_dues (license_id, plan, due_at, grace_until, renewed_at)
    select licenses.id, licenses.plan, due.at, due.at + make_interval(days => plans.grace_days),
      due.at + case when hashtextextended(licenses.id::text, extract(epoch from due.at)::bigint) % 20 = 0
        then interval '20 hours' else interval '-1 hour' end
    from public.licenses
    join public.plans on plans.code = licenses.plan
    cross join lateral (select case when licenses.expires_at - licenses.issued_at = make_interval(days => 365)
      then interval '365 days' else interval '30 days' end as length) as term
    cross join lateral generate_series(licenses.expires_at - term.length, licenses.issued_at + interval '1 day',
      -term.length) as due (at)
    where licenses.payment_method <> 'manual' and due.at < least(now(), coalesce(licenses.revoked_at, 'infinity'))
      - interval '1 day'
    on conflict do nothing`;
}
