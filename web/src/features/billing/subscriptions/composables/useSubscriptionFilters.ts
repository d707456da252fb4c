import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { ListFilter } from '@/shared/list/resource.ts';
import { usePlans } from '@/shared/plans.ts';
import { useUrlState, uuidParam } from '@/shared/url-state.ts';
import { ATTENTIONS, SUBSCRIPTION_STATUSES } from '../types.ts';

/** The filters beside the search of subscriptions. */
export function useSubscriptionFilters(): ComputedRef<ListFilter[]> {
  const { t } = useI18n();
  const plans = usePlans();
  return computed(() => [
    {
      kind: 'many',
      param: 'status',
      label: t('subscriptions.column.status'),
      width: 'md:w-36',
      options: SUBSCRIPTION_STATUSES.map((value) => ({ value, label: t(`subscriptions.status.${value}`) })),
    },
    {
      kind: 'many',
      param: 'plan',
      label: t('subscriptions.column.plan'),
      width: 'md:w-32',
      options: plans.choices.value,
    },
    {
      kind: 'one',
      param: 'attention',
      label: t('subscriptions.attention.label'),
      width: 'md:w-48',
      any: { value: '', label: t('subscriptions.attention.any') },
      options: ATTENTIONS.map((value) => ({ value, label: t(`subscriptions.attention.${value}`) })),
    },
  ]);
}

/** The subscription whose drawer is open, in the URL; kept apart from the filters, so that no saved view holds it. */
export function useOpenedSubscription() {
  const url = useUrlState({ subscription: uuidParam() });
  return computed({
    get: () => url.state.value.subscription,
    set: (subscription) => void url.patch({ subscription }, { replace: subscription === '' }),
  });
}
