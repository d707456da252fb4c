export const EVENT_STATUSES = ['pending', 'processed', 'ignored', 'failed'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** A row of the ledger, without what was sent. */
export interface StripeEvent {
  id: string;
  type: string;
  object_id: string | null;
  status: EventStatus;
  source: 'webhook' | 'sync';
  attempts: number;
  error: string | null;
  next_attempt_at: string | null;
  stripe_created_at: string;
  received_at: string;
  processed_at: string | null;
  livemode: boolean;
}

export type SyncKind = 'incremental' | 'full';

export interface StripeSync {
  id: string;
  kind: SyncKind;
  status: 'queued' | 'running' | 'succeeded' | 'failed';
  requested_by: string | null;
  phase: 'events' | 'customers' | 'subscriptions' | 'invoices' | 'charges' | 'missing' | null;
  done_count: number;
  total_count: number | null;
  drift_count: number;
  error: string | null;
  started_at: string | null;
  finished_at: string | null;
  created_at: string;
}

export interface StripeDrift {
  id: string;
  sync_id: string;
  object_type: string;
  object_id: string;
  fields: Record<string, { mirror: unknown; stripe: unknown }>;
  action: 'repaired' | 'created' | 'reported';
  created_at: string;
}

export interface StripeHealth {
  events: { pending: number; failed: number; processed_24h: number; last_received_at: string | null };
  last_sync: StripeSync | null;
  last_full_sync: StripeSync | null;
  running: StripeSync | null;
  drift_7d: number;
  mode: 'test' | 'live' | null;
}

export interface EventFilters {
  q: string;
  status: EventStatus[];
}
