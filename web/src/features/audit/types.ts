import type { AuditVerifyResponse } from '@contracts/functions/audit-verify.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';

export type AuditPage = RpcResult<'search_events'>;
export type AuditRow = AuditPage['rows'][number];
export type ChainReport = AuditVerifyResponse;

/** What the system did by itself has no member of staff. */
export const SYSTEM = 'system';

export interface AuditFilters {
  q: string;
  type: string[];
  /** Staff member's id or `SYSTEM`; empty: anybody. */
  actor: string;
  license: string;
  /** Days in the reader's time zone, both included; empty: no bound. */
  from: string;
  to: string;
  page: number;
  size: number;
}
