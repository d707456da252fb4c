import { computed } from 'vue';
import { choiceParam, dayParam, flagParam, intParam, listParam, textParam, useUrlState } from '@/shared/url-state.ts';
import { PAYMENT_SORTS, PAYMENT_STATUSES, type PaymentFilters } from '../types.ts';

/** Search, filters, sort and page of the list, in the URL. Changing what is listed goes back to page 1. */
export function usePaymentFilters() {
  const url = useUrlState({
    q: textParam('', 300),
    status: listParam(PAYMENT_STATUSES),
    from: dayParam(),
    to: dayParam(),
    sort: choiceParam(PAYMENT_SORTS, 'payment_date'),
    desc: flagParam(true),
    page: intParam(1),
    size: intParam(25, { min: 1, max: 200 }),
  });
  const filters = computed<PaymentFilters>(() => url.state.value);
  return {
    filters,
    active: computed(() => {
      const { q, status, from, to } = filters.value;
      return [q !== '', status.length > 0, from !== '' || to !== ''].filter(Boolean).length;
    }),
    queryString: url.queryString,
    load: url.load,
    set: (values: Partial<PaymentFilters>, options?: { replace?: boolean }) =>
      url.patch('page' in values ? values : { ...values, page: 1 }, options),
    clear: () => url.reset(['q', 'status', 'from', 'to', 'page']),
  };
}
