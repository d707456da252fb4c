import type { ActivityRow } from '@contracts/rows/activity.ts';
import type { EventRow } from '@contracts/rows/event.ts';
import type { RouteLocationNamedRaw } from 'vue-router';

/** A row of the audit trail, as far as it is told; `event_data` depends on the type. */
export interface AuditEvent extends Omit<EventRow, 'event_data' | 'hash'> {
  event_data: EventData;
}

export interface EventData {
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown> | null;
  reason?: string | null;
  [detail: string]: unknown;
}

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

// Bookkeeping the reader has elsewhere, or that follows from another field.
const HIDDEN = new Set([
  'id',
  'updated_at',
  'created_at',
  'license_id',
  'customer_id',
  'user_id',
  'created_by',
  'import_row',
  'import_id',
]);

/** What changed, field by field; on a creation everything that was set. */
export function fieldChanges(data: EventData): FieldChange[] {
  const before = data.before ?? {};
  const after = data.after ?? {};
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter(
      (field) => !HIDDEN.has(field) && JSON.stringify(before[field] ?? null) !== JSON.stringify(after[field] ?? null),
    )
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
}

export interface EventWords {
  t(key: string, named?: Named, count?: number): string;
  te(key: string): boolean;
  date(value: string): string;
  number(value: number): string;
  money(amount: number, currency: string): string;
  plan(code: string): string;
  role(role: string): string;
  /** Name of a staff member, if there is one by that id. */
  staff(id: string): string | undefined;
  /** Rows of an export in words; undefined when no feature knows its subject. */
  exported(subject: string, named: Named, count: number): string | undefined;
}
type Named = Record<string, unknown>;

/** A sentence of the feature's own: `<feature>.sentences.<key>`; or one already whole. */
export type Told = { key: string; named?: Named; count?: number } | { text: string };

/** How a feature speaks of one type of its events. */
export interface EventKind {
  icon: string;
  /** What happened, in one sentence; null when the event holds nothing more than its title says. */
  tell?(event: AuditEvent, words: EventWords): Told | null;
  /** Said beside the title in a timeline, where the subject is known. */
  beside?(event: AuditEvent, words: EventWords): string | null;
  /** Why it failed. */
  problem?(event: AuditEvent, words: EventWords): string | null;
  /** The sentence says whom or what it is about: its id need not be shown besides. */
  namesSubject?: boolean;
}

export type Entry = Exclude<ActivityRow, { source: 'event' }>;
export type EntrySource = Entry['source'];
export type EntryOf<Source extends EntrySource> = Extract<Entry, { source: Source }>;

/** An entry of a timeline in words. */
export interface ToldEntry {
  icon: string;
  title: string;
  /** What it is about. */
  beside?: string | undefined;
  details?: string | undefined;
  problem?: string | undefined;
  to?: RouteLocationNamedRaw | undefined;
}

export interface EventBook {
  /** How a feature speaks of what timelines hold of its own besides events. */
  entries?: { [Source in EntrySource]?: (entry: EntryOf<Source>, words: EventWords) => ToldEntry };
  kinds: Record<string, EventKind>;
  /** Where the values of a changed field have words: `{ payment_method: 'licenses.payment' }`. */
  values?: Record<string, string>;
}

export const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : value == null
        ? ''
        : JSON.stringify(value);
export const countOf = (value: unknown): number => (typeof value === 'number' ? value : Number(value) || 0);
export const before = (event: AuditEvent, field: string): unknown => event.event_data.before?.[field];
export const after = (event: AuditEvent, field: string): unknown => event.event_data.after?.[field];
