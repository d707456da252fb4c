import type { Sql } from 'postgres';
import type { ApiRole } from '../context.ts';
import { checkFilter, describeFilter, FilterError, parseFilter, type Condition } from './filters.ts';
import type { Identity } from './identity.ts';
import type { RowChange } from './replication.ts';
import { findPublishedTable, hasPublishedTables } from './tables.ts';

/** What a client asks for with `on('postgres_changes', …)`. */
export interface Binding {
  event: string;
  schema: string;
  table: string;
  filter: string;
  select: string[] | null;
}

export interface Subscriber {
  receiveChange(ids: number[], data: string): void;
  /** What he was due could not be worked out; he must read again. */
  missChanges(): void;
}

export interface Subscription extends Binding {
  id: number;
  subscriber: Subscriber;
  /** As whom; another token makes another subscription. */
  identity: Identity;
  conditions: Condition[];
  /** Equal for equal conditions. */
  filterKey: string;
  isActive: boolean;
  /** The same binding as somebody else's, once a new token has replaced this one. */
  successor?: Subscription;
}

export class BindingError extends Error {
  override readonly name = 'BindingError';
}

/** Throws BindingError, in hosted's words, when the database has no such thing for this role. */
export async function checkBinding(
  sql: Sql,
  role: ApiRole,
  { schema, table, filter, select }: Binding,
): Promise<Condition[]> {
  let conditions: Condition[] = [];
  const refuse = (cause?: unknown) => {
    const place = [`schema: ${schema}`, `table: ${table}`, `filters: [${describeFilter(conditions)}]`].join(', ');
    return new BindingError(
      '{:error, "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the ' +
        `given connect parameters: [${place}]"}`,
      { cause },
    );
  };
  try {
    conditions = filter ? parseFilter(filter) : [];
    if (schema === '*' || table === '*') {
      if (conditions.length > 0 || select || !(await hasPublishedTables(sql, schema))) throw refuse();
      return [];
    }
    const found = await findPublishedTable(sql, schema, table);
    if (!found || select?.some((name) => !found.column(name)?.readers.has(role))) throw refuse();
    return await checkFilter(sql, found, role, conditions);
  } catch (error) {
    throw error instanceof FilterError ? refuse(error) : error;
  }
}

const events = new Set(['INSERT', 'UPDATE', 'DELETE', '*']);

/** Live subscriptions by place. */
export class Subscriptions {
  #places = new Map<string, Set<Subscription>>();
  #lastId = 0;

  /** The number by which a client tells its bindings apart. */
  nextId = () => ++this.#lastId;

  add(subscription: Subscription): void {
    subscription.isActive = true;
    if (!events.has(subscription.event)) return;
    const place = placeOf(subscription);
    const there = this.#places.get(place);
    if (there) there.add(subscription);
    else this.#places.set(place, new Set([subscription]));
  }

  remove(subscription: Subscription): void {
    subscription.isActive = false;
    const place = placeOf(subscription);
    const there = this.#places.get(place);
    if (there?.delete(subscription) && there.size === 0) this.#places.delete(place);
  }

  /** In one step, so that every change finds either the old ones or the new; what is on its way goes to the new. */
  replace(old: Subscription[], next: Subscription[]): void {
    old.forEach((subscription, index) => {
      this.remove(subscription);
      const successor = next[index];
      if (successor) subscription.successor = successor;
    });
    for (const subscription of next) this.add(subscription);
  }

  *all(): Iterable<Subscription> {
    for (const there of this.#places.values()) yield* there;
  }

  /** Those a change of this kind may concern, before filters and policies. */
  matching({ type, relation: { schema, name } }: RowChange): Subscription[] {
    const found: Subscription[] = [];
    for (const place of [placeOf({ schema, table: name }), placeOf({ schema, table: '*' }), '*']) {
      for (const subscription of this.#places.get(place) ?? []) {
        if (subscription.event === '*' || subscription.event === type) found.push(subscription);
      }
    }
    return found;
  }
}

const placeOf = ({ schema, table }: { schema: string; table: string }) =>
  schema === '*' ? '*' : JSON.stringify([schema, table]);
