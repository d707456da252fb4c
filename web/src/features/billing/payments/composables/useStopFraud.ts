import { computed, ref, type Ref } from 'vue';
import { useQueryClient } from '@tanstack/vue-query';
import { callRpc } from '@/base/api.ts';
import { AppError } from '@/base/errors.ts';
import { invalidateDependent } from '@/shared/changes.ts';
import { useSessionStore } from '@/shared/session.ts';
import { useStripeAct } from '../../actions/composables/useStripeAct.ts';
import { seenOfPayment, seenOfSubscription } from '../../actions/seen.ts';
import { refundable } from '../status.ts';
import type { ListedPayment } from '../types.ts';

export type StopStep = 'cancel' | 'refund' | 'revoke';

/** What says that somebody has done a step before. */
const DONE_BEFORE = new Set(['already_canceled', 'nothing_to_refund', 'license_revoked']);

/**
 * Stops a fraud: no further charge, the money back, the licence revoked. The card first: what fails after it costs the
 * holder nothing more. Done steps are not done again.
 */
export function useStopFraud(payment: () => ListedPayment, reason: () => string) {
  const session = useSessionStore();
  const client = useQueryClient();
  const [cancelling, refunding] = [useStripeAct(), useStripeAct()];
  const steps = computed<StopStep[]>(() => [
    ...(payment().subscription_id && session.can('subscriptions.manage') ? (['cancel'] as const) : []),
    'refund',
    ...(payment().license_id && session.can('licenses.revoke') ? (['revoke'] as const) : []),
  ]);
  /** What this person may not do, and somebody must. */
  const isPartial = computed(
    () =>
      (payment().subscription_id !== null && !session.can('subscriptions.manage')) ||
      (payment().license_id !== null && !session.can('licenses.revoke')),
  );
  /** As it was when it was opened: what came since is refused, not refunded. */
  const shown = payment();
  const done: Ref<StopStep[]> = ref([]);
  const error = ref<unknown>(null);
  const pending = ref(false);

  const acts: Record<StopStep, () => Promise<unknown>> = {
    async cancel() {
      // The dialog shows nothing of it but that it ends: it is as it is now.
      const subscription = await callRpc('get_subscription', { subscription_id: payment().subscription_id! });
      const fields = { subscription_id: subscription.id, when: 'now' as const, reason: reason() };
      if (!(await cancelling.act('cancel', { ...fields, seen: seenOfSubscription(subscription) })))
        throw cancelling.error.value;
    },
    async refund() {
      const fields = {
        payment_id: shown.id,
        amount_cents: refundable(shown),
        reason: 'fraudulent' as const,
        seen: seenOfPayment(shown),
      };
      if (!(await refunding.act('refund', fields))) throw refunding.error.value;
    },
    revoke: () => callRpc('revoke_license', { license_id: payment().license_id!, reason: reason(), send_email: true }),
  };

  /** Whether all is done; `error` says why not. */
  async function stop(): Promise<boolean> {
    pending.value = true;
    error.value = null;
    try {
      for (const step of steps.value) {
        if (done.value.includes(step)) continue;
        try {
          await acts[step]();
        } catch (cause) {
          if (!(cause instanceof AppError && DONE_BEFORE.has(cause.code ?? ''))) throw cause;
        }
        done.value = [...done.value, step];
      }
      return true;
    } catch (cause) {
      error.value = cause;
      return false;
    } finally {
      pending.value = false;
      void invalidateDependent(client, 'billing');
    }
  }
  return { steps, done, isPartial, error, pending, stop };
}
