import { useToast } from '@nuxt/ui/composables';
import { useQueryClient } from '@tanstack/vue-query';
import { shallowRef } from 'vue';
import { invalidateDependent } from '@/shared/changes.ts';
import type { StripeActionFields, StripeActionName, StripeActionResponse } from '@contracts/functions/stripe-action.ts';
import { callStripe } from '../actions.ts';
import { isUncertain } from '../errors.ts';

/**
 * One dialog's act at Stripe. The same request sent again while its outcome is unknown carries the same `request_id`,
 * so that it is done once; after a clear answer, or with other values, it is another request.
 */
export function useStripeAct() {
  const client = useQueryClient();
  const toast = useToast();
  const error = shallowRef<unknown>(null);
  const pending = shallowRef(false);
  let requestId: string = crypto.randomUUID();
  let sent = '';

  /** Answers undefined when it failed: `error` then says why. */
  async function act<Name extends StripeActionName>(
    name: Name,
    fields: StripeActionFields<Name>,
    done?: string,
  ): Promise<StripeActionResponse<Name> | undefined> {
    const content = JSON.stringify([name, fields]);
    if (sent && sent !== content) requestId = crypto.randomUUID();
    sent = content;
    error.value = null;
    pending.value = true;
    try {
      const answer = await client
        .getMutationCache()
        .build(client, client.defaultMutationOptions({ mutationFn: () => callStripe(name, fields, requestId) }))
        .execute(undefined);
      if (done) toast.add({ title: done, color: 'success', icon: 'i-lucide-circle-check' });
      return answer;
    } catch (cause) {
      error.value = cause;
      if (!isUncertain(cause)) requestId = crypto.randomUUID();
      return undefined;
    } finally {
      pending.value = false;
      // A refused card is news too: another failed payment.
      void invalidateDependent(client, 'billing');
    }
  }
  return { act, error, pending };
}
