import { queryOptions, useQuery } from '@tanstack/vue-query';
import { computed } from 'vue';
import { unwrap } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';

/** A row's code in `plans`: which there are, the database says. */
export type PlanCode = string;

export interface Plan {
  code: PlanCode;
  name: string;
  monthly_price_cents: number;
  currency: string;
  grace_days: number;
  entitlements: Record<string, unknown>;
  /** No longer sold; licences may still be on it. */
  is_active: boolean;
}

export const planKeys = { all: ['plans'] as const };

export const plansQuery = queryOptions({
  queryKey: planKeys.all,
  queryFn: () =>
    unwrap(
      supabase
        .from('plans')
        .select('code,name,monthly_price_cents,currency,grace_days,entitlements,is_active')
        .order('position')
        .overrideTypes<Plan[], { merge: false }>(),
    ),
  staleTime: 10 * 60_000,
});

/** Until the catalogue is read: `team_plus` → “Team plus”. */
const legible = (code: PlanCode) => code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' ');

/** The catalogue: all plans by name, and those on sale. */
export function usePlans() {
  const query = useQuery(plansQuery);
  const plans = computed(() => query.data.value ?? []);
  const offered = computed(() => plans.value.filter((plan) => plan.is_active));
  const names = computed(() => new Map(plans.value.map((plan) => [plan.code, plan.name])));
  return {
    query,
    plans,
    offered,
    /** The one a form starts with: the middle of what is on sale. */
    usual: computed(() => offered.value[Math.trunc(offered.value.length / 2)]?.code ?? ''),
    name: (code: PlanCode): string => names.value.get(code) ?? legible(code),
    /** For a filter: retired plans too, for licences may be on them. */
    choices: computed(() => plans.value.map(({ code, name }) => ({ value: code, label: name }))),
  };
}
