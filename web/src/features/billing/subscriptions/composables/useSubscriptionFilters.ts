import { computed } from 'vue';
import {
  choiceParam,
  codesParam,
  flagParam,
  intParam,
  listParam,
  textParam,
  useUrlState,
  uuidParam,
} from '@/shared/url-state.ts';
import { ATTENTIONS, SUBSCRIPTION_SORTS, SUBSCRIPTION_STATUSES, type SubscriptionFilters } from '../types.ts';

/** Search, filters, sort and page of the list, in the URL. Changing what is listed goes back to page 1. */
export function useSubscriptionFilters() {
  const url = useUrlState({
    q: textParam('', 300),
    status: listParam(SUBSCRIPTION_STATUSES),
    plan: codesParam(),
    attention: choiceParam(['', ...ATTENTIONS], ''),
    sort: choiceParam(SUBSCRIPTION_SORTS, 'created_at'),
    desc: flagParam(true),
    page: intParam(1),
    size: intParam(25, { min: 1, max: 200 }),
  });
  const filters = computed<SubscriptionFilters>(() => url.state.value);
  return {
    filters,
    active: computed(() => {
      const { q, status, plan, attention } = filters.value;
      return [q !== '', status.length > 0, plan.length > 0, attention !== ''].filter(Boolean).length;
    }),
    queryString: url.queryString,
    load: url.load,
    set: (values: Partial<SubscriptionFilters>, options?: { replace?: boolean }) =>
      url.patch('page' in values ? values : { ...values, page: 1 }, options),
    clear: () => url.reset(['q', 'status', 'plan', 'attention', 'page']),
  };
}

/** The subscription whose drawer is open, in the URL; kept apart from the filters, so that no saved view holds it. */
export function useOpenedSubscription() {
  const url = useUrlState({ subscription: uuidParam() });
  return computed({
    get: () => url.state.value.subscription,
    set: (subscription) => void url.patch({ subscription }, { replace: subscription === '' }),
  });
}
