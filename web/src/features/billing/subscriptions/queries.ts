import { queryOptions, useMutation, useQuery, useQueryClient, type QueryMeta } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter, type Ref } from 'vue';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';
import { invalidateDependent } from '@/shared/changes.ts';
import { usePagedQuery } from '@/shared/list/usePagedQuery.ts';
import { useEventPages } from '@/shared/useEventPages.ts';
import { upcomingInvoice } from '../actions/actions.ts';
import { subscriptionKeys } from './keys.ts';
import type { SubscriptionFilters } from './types.ts';

const meta: QueryMeta = { dependsOn: ['billing'] };

/** The filters as the database's function takes them; what is not set is left out. */
export function searchArguments(filters: SubscriptionFilters): RpcArgs<'search_subscriptions'> {
  return {
    ...(filters.q.trim() ? { query: filters.q.trim() } : {}),
    ...(filters.status.length ? { statuses: filters.status } : {}),
    ...(filters.plan.length ? { plans: filters.plan } : {}),
    ...(filters.attention ? { attention: filters.attention } : {}),
    sort: filters.sort,
    descending: filters.desc,
    page: filters.page,
    page_size: filters.size,
  };
}

export const searchSubscriptions = (filters: SubscriptionFilters, signal?: AbortSignal) =>
  callRpc('search_subscriptions', searchArguments(filters), signal);

export const useSubscriptionList = (filters: Ref<SubscriptionFilters>) =>
  usePagedQuery(filters, subscriptionKeys.list, searchSubscriptions, { meta });

export const useSubscriptionsSummary = () =>
  useQuery({
    queryKey: subscriptionKeys.summary(),
    meta,
    queryFn: ({ signal }) => callRpc('subscriptions_summary', {}, signal),
  });

export const subscriptionQuery = (id: string) =>
  queryOptions({
    queryKey: subscriptionKeys.detail(id),
    meta,
    queryFn: ({ signal }) => callRpc('get_subscription', { subscription_id: id }, signal),
  });

/** Asked of Stripe itself each time: what it will charge depends on the hour. */
export const useUpcomingInvoice = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => subscriptionKeys.upcoming(toValue(id))),
    meta,
    queryFn: () => upcomingInvoice(toValue(id)),
    staleTime: 60_000,
    retry: false,
  });

const EVENTS = 30;
export const useSubscriptionEvents = (id: () => string) =>
  useEventPages(
    () => subscriptionKeys.events(id()),
    'list_subscription_events',
    () => ({ subscription_id: id() }),
    meta,
    EVENTS,
  );

/** The licences a subscription can be linked to are its customer's. */
const CUSTOMER_LICENSES = 100;
export const useLicensesOf = (customerId: () => string) =>
  useQuery({
    queryKey: computed(() => subscriptionKeys.licenses(customerId())),
    meta,
    queryFn: ({ signal }) =>
      callRpc('search_licenses', { customer_id: customerId(), page_size: CUSTOMER_LICENSES }, signal),
  });

export function useLinkLicense() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (link: RpcArgs<'link_subscription_license'>) => callRpc('link_subscription_license', link),
    onSuccess: () => invalidateDependent(client, 'billing'),
  });
}

/** Null reminds everybody whose subscription expires within 7 days. */
export function useSendReminders() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: string[] | null) => callRpc('send_subscription_reminders', ids ? { subscription_ids: ids } : {}),
    onSuccess: () => client.invalidateQueries({ queryKey: subscriptionKeys.all }),
  });
}
