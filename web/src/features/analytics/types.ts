import type { Metric } from '@contracts/constants/metrics.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';

export type { Metric } from '@contracts/constants/metrics.ts';
export type Dashboard = RpcResult<'get_dashboard'>;
export type RecentAct = RpcResult<'list_recent_activity'>[number];
export type MetricRows = RpcResult<'list_metric_rows'>;
export type MetricRow = MetricRows['rows'][number];

export type Figures = RpcResult<'get_metrics'>;
export type Figure = Figures['metrics'][number];
export type WaterfallStep = RpcResult<'get_mrr_waterfall'>[number];
export type Cohort = RpcResult<'get_cohorts'>[number];
export type Granularity = Figures['granularity'];

/** Both days included. */
export interface Period {
  from: string;
  to: string;
}
export type FigureFilters = { plan?: string; segment?: string; currency?: string };
/** What the page of figures is asked for. */
export interface AskedFigures extends Period {
  granularity: Granularity;
  filters: FigureFilters;
  /** Beside it the period before, of as many days. */
  compare: boolean;
}
/** A figure whose rows are asked for. */
export interface AskedRows extends Period {
  metric: Metric;
  filters: FigureFilters;
}
