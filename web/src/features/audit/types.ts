import type { AuditEvent } from '@/shared/events.ts';

/** A row of `search_events`. */
export interface AuditRow extends AuditEvent {
  /** Link of the chain, in hexadecimal. */
  hash: string;
}

export interface AuditPage {
  total: number;
  rows: AuditRow[];
}

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

export interface ChainReport {
  ok: boolean;
  checked: number;
  first_broken_sequence: number | null;
  last_hash: string;
  verified_at: string;
}
