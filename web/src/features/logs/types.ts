import type { RpcResult } from '@contracts/rpc/index.ts';
import type { LogGroupRow, LogRow } from '@contracts/rows/log.ts';

export { logGroupStatuses as GROUP_STATUSES, logLevels as LEVELS } from '@contracts/constants/logs.ts';

export type LogLine = LogRow;
export type LogGroup = LogGroupRow;
export type LogFacets = RpcResult<'get_log_facets'>;

/** What is asked of the log: a query, and the period it is asked for. */
export interface LogQuestion {
  query: string;
  from_time: string | null;
  to_time: string | null;
}

/** What an explorer on the page of one record never leaves. */
export interface LogScope {
  license?: string;
  customer?: string;
}
