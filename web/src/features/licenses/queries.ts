import {
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
  type QueryMeta,
} from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callRpc, unwrap } from '@/base/api.ts';
import { usePagedQuery } from '@/shared/list/usePagedQuery.ts';
import { supabase } from '@/base/supabase.ts';
import type { LicenseDetails, LicenseFilters, LicensePage, LicenseRow } from './types.ts';

export const licenseKeys = {
  all: ['licenses'] as const,
  lists: () => [...licenseKeys.all, 'list'] as const,
  list: (filters: LicenseFilters) => [...licenseKeys.lists(), filters] as const,
  ofCustomer: (id: string) => [...licenseKeys.lists(), { customer_id: id }] as const,
  details: () => [...licenseKeys.all, 'detail'] as const,
  detail: (id: string) => [...licenseKeys.details(), id] as const,
  checks: (id: string) => [...licenseKeys.all, 'checks', id] as const,
  sessions: (id: string) => [...licenseKeys.all, 'sessions', id] as const,
};

/** What changes a licence from other rooms. */
const meta: QueryMeta = { dependsOn: ['billing', 'imports'] };

/** The filters as the database's function takes them; what is not set is left out. */
export function searchArguments(filters: LicenseFilters): RpcArgs<'search_licenses'> {
  return {
    ...(filters.q.trim() ? { query: filters.q.trim() } : {}),
    ...(filters.status.length ? { statuses: filters.status } : {}),
    ...(filters.plan.length ? { plans: filters.plan } : {}),
    ...(filters.expiring !== null ? { expiring_within_days: filters.expiring } : {}),
    ...(filters.renew !== null ? { auto_renew: filters.renew } : {}),
    ...(filters.import ? { import_id: filters.import } : {}),
    sort: filters.sort,
    descending: filters.desc,
    page: filters.page,
    page_size: filters.size,
  };
}

export const searchLicenses = (filters: LicenseFilters, signal?: AbortSignal) =>
  callRpc('search_licenses', searchArguments(filters), signal);

export const useLicenseList = (filters: Ref<LicenseFilters>) =>
  usePagedQuery(filters, licenseKeys.list, searchLicenses, { meta });

export const licenseQuery = (id: string) =>
  queryOptions({
    queryKey: licenseKeys.detail(id),
    meta,
    queryFn: ({ signal }) => callRpc('get_license', { license_id: id }, signal),
  });

const CUSTOMER_LICENSES = 100;

/** The licences of one customer, the newest first. */
export const useCustomerLicenses = (id: () => string) =>
  useQuery({
    queryKey: computed(() => licenseKeys.ofCustomer(id())),
    meta,
    queryFn: ({ signal }) => callRpc('search_licenses', { customer_id: id(), page_size: CUSTOMER_LICENSES }, signal),
  });

/** What an import is called in the list's filter; null when it is gone or not for this person. */
export const importNameQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', 'name', id] as const,
    queryFn: () => unwrap(supabase.from('license_imports').select('file_name,created_at').eq('id', id).maybeSingle()),
  });

/** Puts a changed row where it shows; keeps every other entry as it is. */
export function patchLicense(client: QueryClient, id: string, fields: Partial<LicenseRow>): void {
  client.setQueriesData<LicensePage>({ queryKey: licenseKeys.lists() }, (page) =>
    page?.rows.some((row) => row.id === id)
      ? { ...page, rows: page.rows.map((row) => (row.id === id ? { ...row, ...fields } : row)) }
      : page,
  );
  client.setQueryData<LicenseDetails>(licenseKeys.detail(id), (license) =>
    license ? { ...license, ...fields } : license,
  );
}

type LicenseAction =
  | 'extend_license'
  | 'change_license_plan'
  | 'suspend_license'
  | 'reinstate_license'
  | 'revoke_license'
  | 'transfer_license'
  | 'transfer_license_to_check';

/** An action on one licence that answers its new row. */
function useLicenseAction<Name extends LicenseAction>(name: Name) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<Name>) => callRpc(name, input),
    onSuccess: (row) => {
      patchLicense(client, row.id, row);
      return client.invalidateQueries({ queryKey: licenseKeys.all });
    },
  });
}

export const useExtendLicense = () => useLicenseAction('extend_license');
export const useChangePlan = () => useLicenseAction('change_license_plan');
export const useSuspendLicense = () => useLicenseAction('suspend_license');
export const useReinstateLicense = () => useLicenseAction('reinstate_license');
export const useRevokeLicense = () => useLicenseAction('revoke_license');
export const useTransferLicense = () => useLicenseAction('transfer_license');

export const useTransferToCheck = () => useLicenseAction('transfer_license_to_check');

/** Asked again while it is on screen: support reads it with the customer on the telephone. */
const CHECKS_EVERY_MS = 10_000;

export const checksQuery = (id: string) =>
  queryOptions({
    queryKey: licenseKeys.checks(id),
    queryFn: ({ signal }) => callRpc('list_license_checks', { license_id: id }, signal),
    refetchInterval: CHECKS_EVERY_MS,
  });

export function useDeleteLicense() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: { license_id: string; reason: string }) => callRpc('delete_license', input),
    onSuccess: () => client.invalidateQueries({ queryKey: licenseKeys.lists() }),
  });
}

export function useSaveNotes() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, notes }: { id: string; notes: string | null }) =>
      unwrap(supabase.from('licenses').update({ notes }).eq('id', id).select('id,notes').single()),
    onSuccess: ({ id, notes }) => {
      patchLicense(client, id, { notes });
      return client.invalidateQueries({ queryKey: licenseKeys.all });
    },
  });
}

type BulkAction = 'extend_licenses' | 'suspend_licenses' | 'reinstate_licenses' | 'revoke_licenses';

function useBulkAction<Name extends BulkAction>(name: Name) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<Name>) => callRpc(name, input),
    onSuccess: () => client.invalidateQueries({ queryKey: licenseKeys.all }),
  });
}
export const useExtendLicenses = () => useBulkAction('extend_licenses');
export const useSuspendLicenses = () => useBulkAction('suspend_licenses');
export const useReinstateLicenses = () => useBulkAction('reinstate_licenses');
export const useRevokeLicenses = () => useBulkAction('revoke_licenses');
