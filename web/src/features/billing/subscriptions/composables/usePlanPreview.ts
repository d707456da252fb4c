import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import type { InvoicePreview } from '@contracts/functions/stripe-action.ts';

/** A proration counts by the second; after this long the amount shown is no longer what one would expect to pay. */
export const PREVIEW_MS = 5 * 60_000;

/** What the plan wanted would cost, asked again for each choice; the answer to an earlier one is dropped. */
export function usePlanPreview<Wanted>(
  subscriptionId: () => string,
  wanted: Readonly<Ref<Wanted | undefined>>,
  now: Ref<Date>,
  ask: (subscriptionId: string, wanted: Wanted) => Promise<InvoicePreview>,
) {
  const data = shallowRef<InvoicePreview>();
  const error = shallowRef<unknown>(null);
  const pending = shallowRef(false);
  const askedAt = shallowRef(0);
  let turn = 0;

  async function reload(): Promise<void> {
    const asked = wanted.value;
    const mine = ++turn;
    data.value = undefined;
    error.value = null;
    if (asked === undefined) return;
    pending.value = true;
    try {
      const answer = await ask(subscriptionId(), asked);
      if (mine !== turn) return;
      data.value = answer;
      askedAt.value = Date.now();
    } catch (cause) {
      if (mine === turn) error.value = cause;
    } finally {
      if (mine === turn) pending.value = false;
    }
  }
  watch(wanted, reload);
  onScopeDispose(() => (turn += 1));
  return {
    data,
    error,
    pending,
    reload,
    isStale: computed(() => data.value !== undefined && now.value.getTime() - askedAt.value > PREVIEW_MS),
  };
}
