import type postgres from 'postgres';
import { createStripe } from '@whatautosys/edge-functions/_shared/stripe';
import type { DemoData, DemoLicense } from './demo-data.ts';
import { Random } from './random.ts';
import { ensureCatalogue, ensurePortal, type SoldPlan } from './stripe-catalogue.ts';

export interface StripeTarget {
  /** Address of the stand-in: the demo never touches a real account. */
  url: string;
  secretKey: string;
  cronSecret: string;
}

/**
 * Gives the demo's licences paid by Stripe their customers and subscriptions there, with all past
 * invoices, then lets the product read them in by its own synchronisation.
 */
export async function loadStripe(
  sql: postgres.Sql,
  data: DemoData,
  { url, secretKey, cronSecret, apiUrl }: StripeTarget & { apiUrl: string },
): Promise<void> {
  const [done] = await sql<
    [{ count: number }]
  >`select count(*)::int as count from public.stripe_syncs where kind = 'full' and status = 'succeeded'`;
  if (done.count > 0) return;
  await sql`update public.settings set value = to_jsonb(${url}::text) where key = 'stripe_dashboard_url'`;
  const stripe = createStripe({ apiKey: secretKey, apiBase: url });
  const plans = await sql<
    SoldPlan[]
  >`select code, name, monthly_price_cents, currency from public.plans where is_active order by position`;
  await ensureCatalogue(stripe, plans);
  await ensurePortal(stripe, 'https://whatautosys.test');
  const coupon = await ensureCoupons(stripe);
  const known = await stripe.customers.list({ limit: 1 });
  if (known.data.length === 0) await post(`${url}/control/load`, { args: [{ customers: customersOf(data, coupon) }] });
  await sql`insert into public.stripe_syncs (kind) values ('full') on conflict do nothing`;
  const answer = (await post(`${apiUrl}/functions/v1/stripe-sync`, {}, { 'x-cron-secret': cronSecret })) as {
    sync: { status: string } | null;
  };
  if (answer.sync?.status !== 'succeeded') throw new Error(`Reading Stripe in ended: ${JSON.stringify(answer)}`);
}

async function ensureCoupons(stripe: ReturnType<typeof createStripe>): Promise<string> {
  const { data } = await stripe.coupons.list({ limit: 10 });
  if (data.length === 0) {
    await stripe.coupons.create({
      id: 'BLACKFRIDAY',
      name: 'Black Friday −30 %',
      percent_off: 30,
      duration: 'repeating',
      duration_in_months: 3,
    });
    await stripe.coupons.create({ id: 'FIDELITE', name: 'Fidélité −10 %', percent_off: 10, duration: 'forever' });
    await stripe.coupons.create({
      id: 'BIENVENUE',
      name: 'Bienvenue −5 €',
      amount_off: 500,
      currency: 'eur',
      duration: 'once',
    });
    await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: 'BIENVENUE' }, code: 'BIENVENUE' });
  }
  return 'FIDELITE';
}

function customersOf(data: DemoData, couponId: string): object[] {
  const random = new Random(20260101);
  const names = new Map(data.customers.map(({ id, name }) => [id, name]));
  const now = Date.now();
  return data.licenses
    .filter(({ payment_method, revoked_at }) => payment_method === 'stripe' && !revoked_at)
    .filter(({ expires_at }) => Date.parse(expires_at) > now - 10 * 86_400_000)
    .map((license) => ({
      email: license.email,
      name: names.get(license.customer_id),
      subscription: subscriptionOf(license, random, couponId, now),
    }));
}

function subscriptionOf(license: DemoLicense, random: Random, couponId: string, now: number): object {
  const isLate = Date.parse(license.expires_at) < now;
  return {
    priceLookupKey: `${license.plan}_month`,
    startedAt: Math.floor(Date.parse(license.issued_at) / 1000),
    status: isLate || random.chance(0.02) ? 'past_due' : 'active',
    cancelAtPeriodEnd: !isLate && !license.auto_renew,
    ...(random.chance(0.08) ? { discountCouponId: couponId } : {}),
    card: random.weighted({ visa: 60, mastercard: 30, amex: 4, fr: 6 }),
    metadata: { license_id: license.id },
  };
}

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}
