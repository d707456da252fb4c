import type { RpcResult } from '@contracts/rpc/index.ts';

export type { StripeSyncRow as StripeSync } from '@contracts/rows/stripe.ts';
export type StripeHealth = RpcResult<'stripe_health'>;
export const EVENT_STATUSES = ['pending', 'processed', 'ignored', 'failed', 'set_aside'] as const;
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
  pruned_at: string | null;
  livemode: boolean;
}

export type SyncKind = 'incremental' | 'full';

export interface StripeDrift {
  id: string;
  sync_id: string;
  object_type: string;
  object_id: string;
  fields: Record<string, { mirror: unknown; stripe: unknown }>;
  action: 'repaired' | 'created' | 'reported' | 'left_out' | 'failed';
  created_at: string;
}

export interface EventFilters {
  q: string;
  status: EventStatus[];
}
