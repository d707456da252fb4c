import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import { callRpc } from '@/base/api.ts';
import { licenseKeys } from './queries.ts';
import type { NewLicense } from './types.ts';

/** Who already buys under an address, for the form that would make them anew. */
export const useKnownCustomer = (email: () => string, enabled: () => boolean) =>
  useQuery({
    queryKey: computed(() => ['customers', 'of_email', email()] as const),
    enabled: computed(enabled),
    queryFn: async ({ signal }) => {
      const { rows } = await callRpc('search_customers', { query: email(), sort: 'email', page_size: 10 }, signal);
      return rows.find((row) => row.email === email()) ?? null;
    },
  });

export function useCreateLicense() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: NewLicense) => callRpc('create_license', { ...input }),
    onSuccess: () => client.invalidateQueries({ queryKey: licenseKeys.lists() }),
  });
}
