import type { Stripe, Wanted } from '../_shared/stripe.ts';
import type { Ledger } from '../_shared/stripe-events.ts';

export interface Sync {
  id: string;
  kind: 'incremental' | 'full';
  phase: Phase;
  page_cursor: string | null;
  since: string | null;
  until: string;
  /** Whether everything was ever compared: before that, all is the past and nothing is drift. */
  has_baseline: boolean;
  attempts: number;
}

export interface Account {
  account_id: string | null;
  livemode: boolean;
  endpoint_version: string | null;
  endpoint_status: string | null;
  missing_types: string[];
}

/** An act of staff whose answer never came. */
export interface UnknownAct {
  id: string;
  action: string;
  idempotency_key: string;
  asked_at: string;
  /** What has not happened by now never will. */
  is_due: boolean;
  cancels_now: boolean;
  subscription: string | null;
  charge: string | null;
}

export type Phase =
  | 'events'
  | 'customers'
  | 'subscriptions'
  | 'invoices'
  | 'charges'
  | 'disputes'
  | 'fraud_warnings'
  | 'credit_notes'
  | 'missing';

/** The database's side of a synchronisation; see the SQL functions of these names. */
export interface SyncStore {
  /** Events that are due again, whole. */
  claimEvents(
    batch: number,
  ): Promise<Array<{ id: string; type: string; data: { object: { id: string; object: string } } }>>;
  claim(): Promise<Sync | null>;
  /** Notes progress → the database's clock; null when the run was ended meanwhile. */
  advance(syncId: string, phase: Phase, cursor: string | null, done: number): Promise<string | null>;
  reconcile(syncId: string, objects: object[], listedAt: string, asOf: number): Promise<Wanted[]>;
  unknownEvents(ids: string[]): Promise<string[]>;
  unseenSubscriptions(syncId: string): Promise<string[]>;
  versionOf(objectId: string): Promise<number>;
  reportDrift(
    syncId: string,
    objectType: string,
    objectId: string,
    fields: object,
    action: 'repaired' | 'created' | 'reported' | 'left_out' | 'failed',
  ): Promise<void>;
  claimActs(at: Date): Promise<UnknownAct[]>;
  /** By the event it caused; null: it never happened. */
  settleAct(actId: string, event: object | null): Promise<void>;
  noteAccount(account: Account): Promise<void>;
  release(syncId: string): Promise<void>;
  finish(syncId: string, error: string | null): Promise<void>;
}

export interface Dependencies {
  stripe: Stripe;
  ledger: Ledger;
  store: SyncStore;
  cronSecret: string;
  /** Mode of the key. */
  livemode: boolean;
  /** Where Stripe's events are received. */
  webhookUrl: string;
  now(): Date;
  /** A worker's time; what is left goes to the next one. Hosted ends a worker after 150 s. */
  budgetMs?: number;
}
