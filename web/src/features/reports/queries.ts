import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { ReportFormat } from '@contracts/constants/reports.ts';
import type { ReportInput } from '@contracts/rpc/reports.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';
import { download } from '@/shared/export/export.ts';

export type Reports = RpcResult<'list_report_schedules'>;
export type Report = Reports['rows'][number];
export type ReportRun = RpcResult<'list_report_runs'>['rows'][number];
export const PAGE = 10;
/** While one is being made: a report takes seconds. */
const WATCH = 2_000;

export const reportKeys = {
  all: ['reports'] as const,
  list: () => [...reportKeys.all, 'list'] as const,
  runs: (page: number) => [...reportKeys.all, 'runs', page] as const,
  preview: (report: ReportInput) => [...reportKeys.all, 'preview', report] as const,
};
const isBusy = (run: ReportRun | null) => run?.status === 'waiting' || run?.status === 'running';

export const reportsQuery = queryOptions({
  queryKey: reportKeys.list(),
  queryFn: ({ signal }) => callRpc('list_report_schedules', {}, signal),
  refetchInterval: ({ state }) => (state.data?.rows.some(({ last_run }) => isBusy(last_run)) ? WATCH : false),
});

/** A mail on its way is looked after as well as a report being made. */
export const useReportRuns = (page: Ref<number>) =>
  useQuery({
    queryKey: computed(() => reportKeys.runs(page.value)),
    queryFn: ({ signal }) => callRpc('list_report_runs', { page: page.value, page_size: PAGE }, signal),
    placeholderData: (before) => before,
    refetchInterval: ({ state }) =>
      state.data?.rows.some((run) => isBusy(run) || run.deliveries.some((sent) => sent.state === 'queued'))
        ? WATCH
        : false,
  });

export const useReportPreview = (report: () => ReportInput) =>
  useQuery({
    queryKey: computed(() => reportKeys.preview(report())),
    queryFn: ({ signal }) => callRpc('preview_report', { report: report() }, signal),
    retry: false,
    gcTime: 0,
  });

function useReportAct<Args>(act: (args: Args) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSettled: () => client.invalidateQueries({ queryKey: reportKeys.all }),
  });
}
export const useSaveReport = () =>
  useReportAct(({ report, before }: { report: ReportInput; before?: Report | undefined }) =>
    callRpc('save_report_schedule', {
      report,
      ...(before ? { schedule_id: before.id, seen_at: before.updated_at } : {}),
    }),
  );
export const useDeleteReport = () =>
  useReportAct((schedule_id: string) => callRpc('delete_report_schedule', { schedule_id }));
export const useSendReport = () => useReportAct((schedule_id: string) => callRpc('send_report_now', { schedule_id }));

export async function fetchReportFile(run_id: string, format: ReportFormat): Promise<void> {
  const file = await callRpc('get_report_file', { run_id, format });
  const bytes = Uint8Array.from(atob(file.content), (character) => character.charCodeAt(0));
  download(new Blob([bytes], { type: file.content_type }), file.name);
}

/** A report as it is written. */
export const inputOf = (report: Report): ReportInput => ({
  name: report.name,
  template: report.template,
  language: report.language,
  frequency: report.frequency,
  weekday: report.weekday,
  month_day: report.month_day,
  local_time: report.local_time,
  time_zone: report.time_zone,
  plan: report.plan,
  segment: report.segment,
  formats: [...report.formats],
  is_active: report.is_active,
  recipients: report.recipients.filter(({ may_receive }) => may_receive).map(({ staff_id }) => staff_id),
});
