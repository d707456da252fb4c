import postgres from 'postgres';
import { becomeStaff, callOf, timeInDatabase } from './as-staff.ts';
import { distribution } from './measure.ts';
import type { Finding } from './report.ts';
import type { Target } from './target.ts';

const runs = 40;
const EVENTS = 10_000;

/**
 * The page of a customer with a long past: what it asks of the database, under the policies, and its timeline page
 * after page. Beside each stands what could not be undercut: as many rows of the audit by their index alone.
 */
export async function benchCustomer(home: Target): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  try {
    const customer_id = await aLongPast(sql);
    const bare = await repeatedly(
      sql,
      `array(select id from public.events where customer_id = '${customer_id}'
      order by created_at desc, sequence desc limit 51)`,
    );
    await becomeStaff(sql);
    const list = (args: Record<string, unknown>) => callOf('list_customer_activity', { customer_id, ...args });
    const [middle] = await sql<[{ at: string }]>`select (now() - interval '40 days')::text as at`;
    const whole = {
      'the whole': {},
      'further back': { before: middle.at },
      'acts of staff alone': { kinds: ['staff'] },
    };
    const beside = `${EVENTS.toLocaleString('en')} bare events' first 51: ${bare.p50.toFixed(1)} ms`;
    const findings: Finding[] = [];
    for (const [name, args] of Object.entries(whole)) {
      const { p50, p95 } = await repeatedly(sql, list(args));
      findings.push(under(`timeline of ${EVENTS.toLocaleString('en')} events, ${name}`, p50, p95, 20, beside));
    }
    const calls = [callOf('get_customer', { customer_id }), callOf('get_usage', { customer_id }), list({})];
    const { p50, p95 } = await repeatedly(sql, ...calls);
    findings.push(under("a customer's page, its three calls", p50, p95, 60, beside));
    return findings;
  } finally {
    await sql.end();
  }
}

/** A customer with 10,000 events over two months, some by staff, and two thousand payments. */
async function aLongPast(sql: postgres.Sql): Promise<string> {
  const [chosen] = await sql<[{ customer_id: string; id: string }]>`
    select customer_id, licenses.id from public.licenses join public.usage_stats on license_id = licenses.id
    order by date desc, license_id limit 1`;
  const { customer_id, id } = chosen;
  await sql`select private.ensure_event_partitions((now() - interval '3 months')::date, now()::date)`;
  await sql`insert into public.events (event_type, subject_type, subject_id, customer_id, license_id, user_id,
      actor_kind, created_at)
    select 'license_updated', 'license', ${id}, ${customer_id}, ${id},
      case when number % 50 = 0 then staff.user_id end, case when number % 50 = 0 then 'staff' else 'system' end,
      now() - number * interval '8 minutes'
    from generate_series(1, ${EVENTS}::int) as number, (select user_id from public.staff limit 1) as staff`;
  await sql`insert into public.payments (license_id, customer_id, email, stripe_payment_id, amount, status,
      payment_date, livemode)
    select ${id}, id, email, 'ch_past' || number || left(md5(random()::text), 8), 2900, 'succeeded',
      now() - number * interval '1 hour', false
    from public.customers, generate_series(1, 2000) as number where id = ${customer_id}`;
  await sql`vacuum analyze public.events, public.payments`;
  return customer_id;
}

async function repeatedly(sql: postgres.Sql, ...expressions: string[]) {
  const milliseconds: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    let taken = 0;
    for (const expression of expressions) taken += await timeInDatabase(sql, expression);
    milliseconds.push(taken);
  }
  return distribution(milliseconds);
}

const under = (name: string, p50: number, p95: number, limit: number, beside: string): Finding => ({
  name,
  measured: `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (${beside})`,
  target: `p95 < ${limit} ms`,
  met: p95 < limit,
});
