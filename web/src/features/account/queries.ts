import type { RpcArgs } from '@contracts/rpc/index.ts';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/vue-query';
import { callRpc } from '@/base/api.ts';
import { useSessionStore } from '@/shared/session.ts';
import { staffKeys } from '@/shared/staff.ts';

const accountKey = ['account'] as const;

export const accountQuery = queryOptions({
  queryKey: accountKey,
  queryFn: ({ signal }) => callRpc('get_own_account', {}, signal),
});

type AccountChange = 'update_own_account' | 'rename_own_factor' | 'remove_own_factor';

/** A change that answers the account as it is then. */
function useAccountChange<Name extends AccountChange>(name: Name) {
  const client = useQueryClient();
  const session = useSessionStore();
  return useMutation({
    mutationFn: (input: RpcArgs<Name>) => callRpc(name, input),
    onSuccess: async (account) => {
      client.setQueryData(accountKey, account);
      await Promise.all([session.refresh(), client.invalidateQueries({ queryKey: staffKeys.all })]);
    },
  });
}

export const useUpdateAccount = () => useAccountChange('update_own_account');
export const useRenameFactor = () => useAccountChange('rename_own_factor');
export const useRemoveFactor = () => useAccountChange('remove_own_factor');

export function useReadAgain() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: accountKey });
}

export function useEndSessions() {
  const readAgain = useReadAgain();
  return useMutation({
    mutationFn: (session_id: string | null) => callRpc('end_own_sessions', { session_id }),
    onSettled: readAgain,
  });
}

export function useMakeRecoveryCodes() {
  const readAgain = useReadAgain();
  return useMutation({
    mutationFn: () => callRpc('make_recovery_codes', {}),
    onSuccess: readAgain,
  });
}
