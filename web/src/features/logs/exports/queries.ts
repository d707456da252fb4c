import { queryOptions, useMutation, useQueryClient } from '@tanstack/vue-query';
import type { RpcArgs, RpcResult } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';

export type LogExport = RpcResult<'list_log_exports'>['rows'][number];

export const logExportKeys = {
  all: ['log_exports'] as const,
  list: () => [...logExportKeys.all, 'list'] as const,
};

export const logExportsQuery = queryOptions({
  queryKey: logExportKeys.list(),
  queryFn: async ({ signal }) => (await callRpc('list_log_exports', {}, signal)).rows,
});

function useExportAct<Name extends 'export_logs' | 'cancel_log_export' | 'resume_log_export' | 'remove_log_export'>(
  name: Name,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<Name>) => callRpc(name, input),
    onSuccess: () => client.invalidateQueries({ queryKey: logExportKeys.list() }),
  });
}
export const useExportLogs = () => useExportAct('export_logs');
export const useCancelExport = () => useExportAct('cancel_log_export');
export const useResumeExport = () => useExportAct('resume_log_export');
export const useRemoveExport = () => useExportAct('remove_log_export');

/** Begins a download that the browser writes to the disk as it comes, however long the file is. */
export async function downloadExport(export_id: string): Promise<void> {
  const { token } = await callRpc('link_log_export', { export_id });
  const url = new URL(`${import.meta.env.VITE_SUPABASE_URL}/functions/v1/log-export`);
  url.search = new URLSearchParams({ id: export_id, token }).toString();
  const link = document.createElement('a');
  link.href = url.href;
  link.download = '';
  link.click();
}
