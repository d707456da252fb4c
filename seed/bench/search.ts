import postgres from 'postgres';
import { makeDemoData } from '../demo-data.ts';
import { loadDemoData } from '../load.ts';
import { becomeStaff, callOf, literal, timeInDatabase } from './as-staff.ts';
import { distribution } from './measure.ts';
import type { Finding } from './report.ts';

const runs = 40;

/** Lists that count and sort a large part of all rows. */
const manyFound = new Set(['a common needle', 'two letters', 'payments: a first name']);
/** Parts of the demo customers' addresses: about 0.02 %, 2 %, 33 % and 5 % of them. */
const needles = { rare: 'emma.martin', firstName: 'emma.', common: 'example', twoLetters: 'ma' };

/**
 * What the pages ask for at 100,000 licences and as many payments, as a person of the staff and under the policies,
 * timed inside the database.
 */
export async function benchSearch(home: { dbUrl: string }, count: number): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  try {
    const [{ existing }] = await sql<[{ existing: number }]>`select count(*)::int as existing from public.licenses`;
    const startedAt = performance.now();
    if (existing < count)
      await loadDemoData(sql, makeDemoData({ count: count - existing, now: new Date(), seed: 99 }), []);
    const loading = (performance.now() - startedAt) / 1000;
    // The same needles every run: what a search costs is decided by how much it finds.
    const [sample] = await sql<[{ email: string; license_key: string; hwid: string; name: string }]>`
      select licenses.email, customers.name,
        private.decrypt_secret(license_key_encrypted, private.secret('license_key_key')) as license_key,
        private.decrypt_secret(hwid_encrypted, private.secret('hwid_key')) as hwid
      from public.licenses join public.customers on customers.id = customer_id
        join private.license_secrets on license_id = licenses.id
      where licenses.email like 'emma.martin%' order by licenses.email limit 1`;
    await fillPayments(sql, count);
    const [payment] = await sql<[{ invoice_number: string }]>`
      select invoice_number from public.payments where stripe_payment_id like 'ch_bench%'
      order by invoice_number offset 500 limit 1`;
    const monthAgo = new Date(Date.now() - 30 * 86_400_000).toISOString();
    const questions: Record<string, Record<string, unknown>> = {
      'payments: 30 days': { payments: true, from_time: monthAgo },
      'payments: a rare needle': { payments: true, query: needles.rare },
      'payments: a first name': { payments: true, query: needles.firstName },
      'payments: search by invoice number': { payments: true, query: payment.invoice_number },
      'payments: failed': { payments: true, statuses: ['failed'] },
      'first page': {},
      'page 200': { page: 200 },
      'search by e-mail': { query: sample.email },
      'a rare needle': { query: needles.rare },
      'a first name': { query: needles.firstName },
      'a common needle': { query: needles.common },
      'two letters': { query: needles.twoLetters },
      'search by customer name': { query: sample.name },
      'search by key': { query: sample.license_key },
      'search by hardware identifier': { query: sample.hwid },
      'palette, a rare needle': { palette: needles.rare },
      'palette, a first name': { palette: needles.firstName },
      'palette, a common needle': { palette: needles.common },
      'palette, two letters': { palette: needles.twoLetters },
      'filter by status': { statuses: ['grace_period', 'expired'] },
      'filter by plan and renewal': { plans: ['enterprise'], auto_renew: false },
      'expiring within 7 days, soonest first': { expiring_within_days: 7, sort: 'expires_at', descending: false },
      'sorted by e-mail': { sort: 'email', descending: false },
      'sorted by last connection': { sort: 'last_check_in' },
      'sorted by plan': { sort: 'plan' },
      'sorted by status': { sort: 'status' },
      'sorted by MRR': { sort: 'mrr_cents' },
    };
    await becomeStaff(sql);
    const findings: Finding[] = [];
    for (const [name, question] of Object.entries(questions)) {
      const milliseconds: number[] = [];
      for (let run = 0; run < runs; run += 1) milliseconds.push(await timeInDatabase(sql, expressionOf(question)));
      const { p95, p50 } = distribution(milliseconds);
      const limit = manyFound.has(name) ? 250 : 50;
      findings.push({
        name: `at ${count.toLocaleString('en')}: ${name}, p95`,
        measured: `${p95.toFixed(1)} ms (p50 ${p50.toFixed(1)} ms)${await foundBy(sql, question)}`,
        target: `< ${limit} ms`,
        met: p95 < limit,
      });
    }
    if (existing < count)
      findings.unshift({
        name: `seeding to ${count.toLocaleString('en')} licences`,
        measured: `${loading.toFixed(0)} s`,
        target: '< 120 s',
        met: loading < 120,
      });
    return findings;
  } finally {
    await sql.end();
  }
}

/** Payments of customers there are, over 14 months: one in twenty failed. */
async function fillPayments(sql: postgres.Sql, count: number): Promise<void> {
  await sql`
    insert into public.payments (customer_id, email, stripe_payment_id, stripe_payment_intent_id, invoice_number,
      amount, status, payment_date)
    select customers.id, customers.email, 'ch_bench' || number, 'pi_bench' || number, 'WAB-' || number,
      1900 + number % 3 * 1000,
      case when number % 20 = 0 then 'failed' else 'succeeded' end, now() - number % 425 * interval '1 day'
    from (select id, email, row_number() over (order by id) as number from public.customers limit ${count}) as customers
    on conflict (stripe_payment_id) do nothing`;
  await sql`vacuum analyze public.payments`;
}

function expressionOf({ palette, payments, ...args }: Record<string, unknown>): string {
  if (palette) return `public.find_anything(${literal(palette)})`;
  return callOf(payments ? 'search_payments' : 'search_licenses', args);
}

/** How many a list has in all; the palette shows its best and counts none. */
async function foundBy(sql: postgres.Sql, question: Record<string, unknown>): Promise<string> {
  if (question['palette']) return '';
  const [row] = await sql.unsafe<[{ total: string }]>(`select ${expressionOf(question)} ->> 'total' as total`);
  return `, ${Number(row.total).toLocaleString('en')} found`;
}
