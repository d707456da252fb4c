import { useMutation, useQuery, useQueryClient, type QueryMeta } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { callRpc } from '@/base/api.ts';
import { usePagedQuery } from '@/shared/list/usePagedQuery.ts';
import { toFields, type CustomerForm } from './edit.ts';
import type { CustomerFilters } from './types.ts';

export const customerKeys = {
  all: ['customers'] as const,
  list: (filters: CustomerFilters) => [...customerKeys.all, 'list', filters] as const,
  detail: (id: string) => [...customerKeys.all, 'detail', id] as const,
};

/** What changes a customer's licences and money from other rooms. */
const meta: QueryMeta = { dependsOn: ['billing', 'imports'] };

const searchCustomers = (filters: CustomerFilters, signal?: AbortSignal) =>
  callRpc(
    'search_customers',
    {
      ...(filters.q.trim() ? { query: filters.q.trim() } : {}),
      ...(filters.segment ? { segment: filters.segment } : {}),
      sort: filters.sort,
      descending: filters.desc,
      page: filters.page,
      page_size: filters.size,
    },
    signal,
  );

export const useCustomerList = (filters: Ref<CustomerFilters>) =>
  usePagedQuery(filters, customerKeys.list, searchCustomers, { meta });

export const useCustomer = (id: () => string) =>
  useQuery({
    queryKey: computed(() => customerKeys.detail(id())),
    meta,
    queryFn: ({ signal }) => callRpc('get_customer', { customer_id: id() }, signal),
  });

/** Refused when what was seen is no longer so. Lists that name the customer are read again. */
export function useUpdateCustomer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ customer_id, seen, form }: { customer_id: string; seen: CustomerForm; form: CustomerForm }) =>
      callRpc('update_customer', { customer_id, seen: toFields(seen), ...toFields(form) }),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** For good; every list and page that may name the person is read again. */
export function useForgetCustomer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: { customer_id: string; reason: string }) => callRpc('forget_customer', input),
    onSuccess: () => client.invalidateQueries(),
  });
}
