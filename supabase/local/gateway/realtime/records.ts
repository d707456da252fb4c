import type { ApiRole } from '../context.ts';
import type { RowChange, Tuple } from './replication.ts';
import type { Column, Table } from './tables.ts';
import type { JsonSlot, ValueBatch } from './values.ts';

/** A change with its values as JSON text. */
export interface RenderedChange {
  change: RowChange;
  table: Table;
  new: Map<string, JsonSlot>;
  old: Map<string, JsonSlot>;
  isTooLarge: boolean;
}

const largestValueWhenTooLarge = 64;

export function renderChange(change: RowChange, table: Table, batch: ValueBatch, changeBytes: number): RenderedChange {
  const isTooLarge = sizeOf(change.new) + sizeOf(change.old) > changeBytes;
  const keeps = (text: string | null) =>
    !isTooLarge || text === null || Buffer.byteLength(text) <= largestValueWhenTooLarge;
  const convert = (tuple: Tuple | null) => {
    const slots = new Map<string, JsonSlot>();
    for (const [name, text] of Object.entries(tuple ?? {}))
      if (text !== undefined && keeps(text)) slots.set(name, batch.add(table.column(name), text));
    return slots;
  };
  return { change, table, isTooLarge, new: convert(change.new), old: convert(oldTuple(change, table)) };
}

/** Hosted's log always names the key; here it comes only when it changed, so it is taken from the new row. */
function oldTuple({ type, relation, new: after, old }: RowChange, table: Table): Tuple | null {
  if (type === 'INSERT') return null;
  if (type === 'DELETE' && table.hasPolicies) return pick(old, table.key);
  if (old) return old;
  return pick(
    after,
    relation.keyColumns.map((name) => ({ name })),
  );
}

const pick = (tuple: Tuple | null, columns: Array<{ name: string }>): Tuple =>
  Object.fromEntries(columns.map(({ name }) => [name, tuple?.[name]]));

/** Approximately the size of the whole record in the log. */
export const sizeOf = (tuple: Tuple | null) =>
  Object.values(tuple ?? {}).reduce((size, text) => size + (text ? text.length : 4), 0);

/** The member `data` of the event, as the role may see it; with `select`, only those columns and the key. */
export function changeData(
  { change, table, new: after, old, isTooLarge }: RenderedChange,
  role: ApiRole,
  select: string[] | null,
): string {
  const { type, committedAt } = change;
  const place = `"schema":${JSON.stringify(table.schema)},"table":${JSON.stringify(table.name)},"type":"${type}"`;
  const bare = (error: string) =>
    `{${place},"commit_timestamp":"${committedAt.toISOString()}","columns":[],"errors":["${error}"]}`;
  if (type !== 'DELETE' && table.key.length === 0) return bare('Error 400: Bad Request, no primary key');
  if (type !== 'DELETE' && !mayReadKey(table, role)) return bare('Error 401: Unauthorized');

  const columns = table.columns.filter(
    (column) => column.readers.has(role) && (!select || column.isKey || select.includes(column.name)),
  );
  const record = type === 'DELETE' ? '' : `,"record":${jsonOf(columns, after)}`;
  const oldRecord = type === 'INSERT' ? '' : `,"old_record":${jsonOf(columns, old)}`;
  const errors = isTooLarge ? '["Error 413: Payload Too Large"]' : 'null';
  const described = JSON.stringify(columns.map(({ name, type: typeName }) => ({ name, type: typeName })));
  const head = `${place},"commit_timestamp":"${committedAt.toISOString()}","columns":${described}`;
  return `{${head}${record}${oldRecord},"errors":${errors}}`;
}

export const mayReadKey = (table: Table, role: ApiRole) => table.key.every(({ readers }) => readers.has(role));

function jsonOf(columns: Column[], slots: Map<string, JsonSlot>): string {
  const members = columns.flatMap(({ name }) => {
    const slot = slots.get(name);
    return slot ? [`${JSON.stringify(name)}:${slot.json}`] : [];
  });
  return `{${members.join(',')}}`;
}
