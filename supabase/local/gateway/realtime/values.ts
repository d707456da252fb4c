import type { Sql } from 'postgres';
import type { Logger } from '../context.ts';
import type { Column } from './tables.ts';

/** JSON text of a value, there once the batch has run. */
export interface JsonSlot {
  json: string;
}

const asText = new Set(['text', 'varchar', 'bpchar', 'uuid', 'name', 'enum', 'date']);
const plainNumber = /^(?!-0(?:\.0+)?$)-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const plainDate = /^\d{4}-\d\d-\d\d$/;
const plainTime = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?$/;

/** What `to_jsonb` makes of the text, where that is certain; PostgreSQL is asked for the rest. */
export function jsonByHand(base: string | null, text: string): string | undefined {
  if (base === null) return undefined;
  if (base === 'date' && !plainDate.test(text)) return undefined;
  if (asText.has(base)) return JSON.stringify(text);
  switch (base) {
    case 'bool':
      return text === 't' ? 'true' : 'false';
    case 'int2':
    case 'int4':
    case 'int8':
      return text;
    case 'float4':
    case 'float8':
    case 'numeric':
      return plainNumber.test(text) ? text : undefined;
    case 'jsonb':
      return text;
    case 'timestamp':
    case 'timestamptz': {
      const parts = plainTime.exec(text);
      return parts ? `"${parts[1]}T${parts[2]}${parts[3] ? '+00:00' : ''}"` : undefined;
    }
    default:
      return undefined;
  }
}

/** Collects the values of many rows, so that one query per type converts them all. */
export class ValueBatch {
  #pending = new Map<string, Array<{ text: string; slot: JsonSlot }>>();

  add(column: Column | undefined, text: string | null): JsonSlot {
    if (text === null) return { json: 'null' };
    // A column dropped since has no type any more.
    if (!column) return { json: JSON.stringify(text) };
    const json = jsonByHand(column.base, text);
    if (json !== undefined) return { json };
    const slot = { json: '' };
    const waiting = this.#pending.get(column.cast);
    if (waiting) waiting.push({ text, slot });
    else this.#pending.set(column.cast, [{ text, slot }]);
    return slot;
  }

  async run(sql: Sql, log: Logger): Promise<void> {
    await Promise.all([...this.#pending].map(([cast, values]) => this.#convert(sql, log, cast, values)));
  }

  async #convert(sql: Sql, log: Logger, cast: string, values: Array<{ text: string; slot: JsonSlot }>): Promise<void> {
    try {
      const rows = await sql.unsafe<{ json: string }[]>(
        `select to_jsonb(t.v::${cast})::text as json from unnest($1::text[]) with ordinality as t (v, n) order by n`,
        [values.map(({ text }) => text)],
        { prepare: true },
      );
      rows.forEach(({ json }, index) => (values[index]!.slot.json = json));
    } catch (error) {
      // The type was changed after the row: its text is what is left of it.
      log.warn('realtime: could not convert values', { type: cast, error: String(error) });
      for (const { text, slot } of values) slot.json = JSON.stringify(text);
    }
  }
}
