import type { RouteLocationRaw } from 'vue-router';

/** What every open console hears of; `data` depends on the kind, money in minor units. */
export interface ConsoleAlert {
  id: string;
  kind: string;
  severity: 'info' | 'warning' | 'error';
  /** What it is about. */
  subject_type: string | null;
  subject_id: string | null;
  customer_id?: string | null;
  /** Looked up when alerts are listed; the live stream does not carry it. */
  customer_email?: string | null;
  data: Record<string, unknown>;
  created_at: string;
}

export interface AlertWords {
  t(key: string, named?: Record<string, unknown>): string;
  te(key: string): boolean;
}

/** How a feature speaks of one kind of its alerts. */
export interface AlertKind {
  /** Why it happened, when the alert says it. */
  reason?(alert: ConsoleAlert, words: AlertWords): string;
  /** The page it is about; null when this person may not open it. */
  target(alert: ConsoleAlert, can: (permission: string) => boolean): RouteLocationRaw | null;
}

export type AlertBook = Record<string, AlertKind>;
