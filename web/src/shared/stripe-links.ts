import { useQuery } from '@tanstack/vue-query';
import { computed } from 'vue';
import { unwrap } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';

const DEFAULT_DASHBOARD = 'https://dashboard.stripe.com';
const PAGES = {
  sub: 'subscriptions',
  cus: 'customers',
  pi: 'payments',
  ch: 'payments',
  py: 'payments',
  in: 'invoices',
  evt: 'events',
} as const;

/** Address of an object's page in Stripe's dashboard; null for an id Stripe has no page for. */
export function dashboardUrl(base: string, id: string, livemode: boolean): string | null {
  const page = PAGES[id.split('_')[0] as keyof typeof PAGES];
  return page ? `${base.replace(/\/+$/, '')}/${livemode ? '' : 'test/'}${page}/${encodeURIComponent(id)}` : null;
}

const dashboardQuery = {
  queryKey: ['stripe_dashboard_url'],
  queryFn: () => unwrap(supabase.from('settings').select('value').eq('key', 'stripe_dashboard_url')),
  staleTime: 60 * 60_000,
};

/** `stripeUrl('sub_…', livemode)` → the page “Voir dans Stripe” opens. */
export function useStripeLinks() {
  const { data } = useQuery(dashboardQuery);
  const base = computed(() => {
    const value = data.value?.[0]?.value;
    return typeof value === 'string' && /^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(value)
      ? value
      : DEFAULT_DASHBOARD;
  });
  return (id: string, livemode: boolean): string | undefined => dashboardUrl(base.value, id, livemode) ?? undefined;
}
