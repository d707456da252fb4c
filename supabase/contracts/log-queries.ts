import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * What queries of the log mean, for whoever reads them: the database (private.parse_log_query) and the console. Places
 * count characters (code points). `{"repeat": [["x", 3]]}` stands for a text, or for a list of nodes, that is too long
 * to be written out. `no_text` is said by the console alone: such a text never reaches the database. `short` ones can
 * be read, and searching refuses those with a place: their texts are too short, and nothing else is asked.
 */
const rightQuery = z.strictObject({ query: z.string(), tree: z.record(z.string(), z.unknown()), printed: z.string() });
const malformedQuery = z.strictObject({
  query: z.string(),
  reason: z.string(),
  position: z.int().min(0),
  length: z.int().min(0),
});
const shortQuery = z.strictObject({
  query: z.string(),
  position: z.int().min(0).optional(),
  length: z.int().min(0).optional(),
});
export type ShortLogQuery = z.infer<typeof shortQuery>;
export type RightLogQuery = z.infer<typeof rightQuery>;
export type MalformedLogQuery = z.infer<typeof malformedQuery>;

type Pieces = [piece: unknown, times: number][];
const isRepeat = (value: unknown): value is { repeat: Pieces } =>
  typeof value === 'object' && value !== null && 'repeat' in value;

function written(_key: string, value: unknown): unknown {
  if (!isRepeat(value)) return value;
  if (value.repeat.every(([piece]) => typeof piece === 'string'))
    return value.repeat.map(([piece, times]) => String(piece).repeat(times)).join('');
  return value.repeat.flatMap(([piece, times]) => Array.from({ length: times }, () => piece));
}

const corpus = z
  .strictObject({ right: z.array(rightQuery), malformed: z.array(malformedQuery), short: z.array(shortQuery) })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'log-queries.json'), 'utf8'), written));

export const rightLogQueries: readonly RightLogQuery[] = corpus.right;
export const malformedLogQueries: readonly MalformedLogQuery[] = corpus.malformed;
export const shortLogQueries: readonly ShortLogQuery[] = corpus.short;
