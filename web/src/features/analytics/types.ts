import type { Metric } from '@contracts/constants/metrics.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';

export type { Metric } from '@contracts/constants/metrics.ts';
export type Dashboard = RpcResult<'get_dashboard'>;
export type RecentAct = RpcResult<'list_recent_activity'>[number];
export type Visit = RpcResult<'note_dashboard_visit'>;
export type MetricRows = RpcResult<'list_metric_rows'>;
export type MetricRow = MetricRows['rows'][number];

/** Both days included. */
export interface Period {
  from: string;
  to: string;
}
/** A figure whose rows are asked for. */
export interface AskedRows extends Period {
  metric: Metric;
  filters: { plan?: string; segment?: string; currency?: string };
}
