import { useMutation, useQueryClient } from '@tanstack/vue-query';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';
import { licenseKeys } from './queries.ts';

export function useSendKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<'send_license_key'>) => callRpc('send_license_key', input),
    onSuccess: () => client.invalidateQueries({ queryKey: licenseKeys.all }),
  });
}

export function useRenewKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<'renew_license_key'>) => callRpc('renew_license_key', input),
    onSuccess: () => client.invalidateQueries({ queryKey: licenseKeys.all }),
  });
}
