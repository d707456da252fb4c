import type { Sql } from 'postgres';
import type { Logger } from '../context.ts';
import type { Commits } from './commits.ts';
import { matchRows } from './filters.ts';
import type { RealtimeLimits } from './limits.ts';
import { changeData, mayReadKey, renderChange, sizeOf, type RenderedChange } from './records.ts';
import type { RowChange } from './replication.ts';
import type { Subscriber, Subscription, Subscriptions } from './subscriptions.ts';
import { describeTables, type Table } from './tables.ts';
import { ValueBatch } from './values.ts';
import { visibleRows } from './visibility.ts';

/** One change on its way, with those who still may get it. */
interface Parcel {
  change: RowChange;
  table: Table;
  due: Set<Subscription>;
}

/** Takes changes in commit order and hands each to those whose filters, grants and policies let it through. */
export class ChangeFeed {
  #sql: Sql;
  #log: Logger;
  #limits: RealtimeLimits;
  #subscriptions: Subscriptions;
  #commits: Commits;
  #queue: RowChange[] = [];
  #queuedBytes = 0;
  #working: Promise<void> | undefined;

  constructor(sql: Sql, log: Logger, limits: RealtimeLimits, subscriptions: Subscriptions, commits: Commits) {
    this.#sql = sql;
    this.#log = log;
    this.#limits = limits;
    this.#subscriptions = subscriptions;
    this.#commits = commits;
  }

  /** Resolves, when the backlog is full, once it is worked off. */
  push(change: RowChange): Promise<void> | void {
    if (this.#subscriptions.matching(change).length === 0) return;
    this.#queue.push(change);
    this.#queuedBytes += sizeOf(change.new) + sizeOf(change.old);
    this.#working ??= this.#work();
    if (this.#queuedBytes > this.#limits.backlogBytes) return this.#working;
  }

  async #work(): Promise<void> {
    // What arrives in one packet becomes one batch.
    await new Promise(setImmediate);
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#limits.batchSize);
      for (const change of batch) this.#queuedBytes -= sizeOf(change.new) + sizeOf(change.old);
      try {
        await this.#deliver(batch);
      } catch (error) {
        this.#log.error('realtime: changes could not be delivered', { count: batch.length, error: String(error) });
        for (const subscriber of new Set(
          batch.flatMap((change) => this.#subscriptions.matching(change)).map((due) => due.subscriber),
        ))
          subscriber.missChanges();
      }
    }
    this.#working = undefined;
  }

  async #deliver(batch: RowChange[]): Promise<void> {
    await this.#commits.visible(batch.map(({ xid }) => xid));
    const tables = await describeTables(this.#sql, [...new Set(batch.map(({ relation }) => oidOf(relation)))]);
    const parcels = batch.flatMap((change): Parcel[] => {
      const table = tables.get(oidOf(change.relation));
      // A table dropped since has nobody who may read it.
      return table ? [{ change, table, due: new Set(this.#subscriptions.matching(change)) }] : [];
    });
    await this.#applyFilters(parcels);
    const values = new ValueBatch();
    const rendered = parcels.map(({ change, table, due }) =>
      due.size > 0 ? renderChange(change, table, values, this.#limits.changeBytes) : undefined,
    );
    await Promise.all([values.run(this.#sql, this.#log), this.#applyPolicies(parcels)]);
    await this.#followSuccessors(parcels);
    parcels.forEach(({ due }, index) => send(rendered[index], due));
  }

  /** Whoever got a new token while his change was being looked at is asked for again, as whom he is now. */
  async #followSuccessors(parcels: Parcel[]): Promise<void> {
    for (;;) {
      const moved = parcels.map((parcel) => {
        const due = new Set<Subscription>();
        for (const subscription of parcel.due) {
          if (subscription.isActive || !subscription.successor) continue;
          parcel.due.delete(subscription);
          due.add(subscription.successor);
        }
        return { ...parcel, due };
      });
      if (moved.every(({ due }) => due.size === 0)) return;
      await this.#applyPolicies(moved);
      moved.forEach(({ due }, index) => due.forEach((subscription) => parcels[index]!.due.add(subscription)));
    }
  }

  /** A filter is evaluated once for all who have it. */
  async #applyFilters(parcels: Parcel[]): Promise<void> {
    const groups = group(parcels, ({ conditions, filterKey }, table) =>
      conditions.length > 0 ? `${table.path} ${filterKey}` : undefined,
    );
    await Promise.all(
      [...groups.values()].map(async (entries) => {
        const { parcel, subscription } = entries[0]!;
        const all = parcelsOf(entries);
        const rows = all.map(({ change }) => change.new ?? change.old ?? {});
        const matches = await matchRows(this.#sql, parcel.table, subscription.conditions, rows);
        keepOnly(entries, all, matches);
      }),
    );
  }

  /** Policies are asked once for each set of claims; a failure costs only those who have them. */
  async #applyPolicies(parcels: Parcel[]): Promise<void> {
    const checked = parcels.filter(
      ({ change, table }) => change.type !== 'DELETE' && table.hasPolicies && table.key.length > 0,
    );
    const groups = group(checked, ({ identity }, table) =>
      mayReadKey(table, identity.role) ? `${table.path} ${identity.claimsJson}` : undefined,
    );
    await Promise.all(
      [...groups.values()].map(async (entries) => {
        const { parcel, subscription } = entries[0]!;
        const all = parcelsOf(entries);
        try {
          const rows = all.map(({ change }) => change.new!);
          keepOnly(entries, all, await visibleRows(this.#sql, parcel.table, subscription.identity, rows));
        } catch (error) {
          this.#log.warn('realtime: a policy check failed', { table: parcel.table.path, error: String(error) });
          for (const entry of entries) entry.parcel.due.delete(entry.subscription);
          for (const subscriber of new Set(entries.map((entry) => entry.subscription.subscriber)))
            subscriber.missChanges();
        }
      }),
    );
  }
}

interface Entry {
  parcel: Parcel;
  subscription: Subscription;
}

function group(
  parcels: Parcel[],
  keyOf: (subscription: Subscription, table: Table) => string | undefined,
): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const parcel of parcels) {
    for (const subscription of parcel.due) {
      const key = keyOf(subscription, parcel.table);
      if (key === undefined) continue;
      const entries = groups.get(key);
      if (entries) entries.push({ parcel, subscription });
      else groups.set(key, [{ parcel, subscription }]);
    }
  }
  return groups;
}

const parcelsOf = (entries: Entry[]) => [...new Set(entries.map(({ parcel }) => parcel))];

function keepOnly(entries: Entry[], parcels: Parcel[], wanted: boolean[]): void {
  const kept = new Set(parcels.filter((_, index) => wanted[index]));
  for (const { parcel, subscription } of entries) if (!kept.has(parcel)) parcel.due.delete(subscription);
}

/** One message for each subscriber and choice of columns; equal data are put together once. */
function send(rendered: RenderedChange | undefined, due: Set<Subscription>): void {
  if (!rendered) return;
  const data = new Map<string, string>();
  const messages = new Map<Subscriber, Map<string, number[]>>();
  for (const { subscriber, identity, select, id, isActive } of due) {
    if (!isActive) continue;
    const key = JSON.stringify([identity.role, select]);
    if (!data.has(key)) data.set(key, changeData(rendered, identity.role, select));
    const ofSubscriber = messages.get(subscriber) ?? new Map<string, number[]>();
    messages.set(subscriber, ofSubscriber.set(key, [...(ofSubscriber.get(key) ?? []), id]));
  }
  for (const [subscriber, byKey] of messages) {
    for (const [key, ids] of byKey) subscriber.receiveChange(ids, data.get(key)!);
  }
}

/** The library reads the number as signed. */
const oidOf = ({ relationOid }: { relationOid: number }) => relationOid >>> 0;
