/** A JSON value as rows that can be folded, without recursion: what is shown is a stranger's. */

export type JsonStep = string | number;
export interface JsonRow {
  /** Which one it is, whatever is folded. */
  id: string;
  path: readonly JsonStep[];
  depth: number;
  /** Of its object or list; none for the value itself. */
  key: JsonStep | undefined;
  value: unknown;
  /** How many values it holds; undefined for what holds none by nature. */
  size: number | undefined;
  isOpen: boolean;
  place: number;
  siblings: number;
}

/** So many values are shown without being asked for; so deep. */
const MOST_UNASKED = 40;
const DEEPEST_UNASKED = 2;

const entriesOf = (value: unknown): [JsonStep, unknown][] | undefined =>
  Array.isArray(value)
    ? value.map((each, index) => [index, each])
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : undefined;

/** The rows in sight. `turned` holds those that are open or folded against what they would be by themselves. */
export function jsonRows(root: unknown, turned: ReadonlySet<string>): JsonRow[] {
  const rows: JsonRow[] = [];
  type Waiting = Pick<JsonRow, 'path' | 'key' | 'value' | 'place' | 'siblings'>;
  const waiting: Waiting[] = (entriesOf(root) ?? [])
    .map(([key, value], place, { length }) => ({ path: [key], key, value, place, siblings: length }))
    .toReversed();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { path, value } = next;
    const id = JSON.stringify(path);
    const entries = entriesOf(value);
    const isOpenUnasked = path.length <= DEEPEST_UNASKED && (entries?.length ?? 0) <= MOST_UNASKED;
    const isOpen = Boolean(entries?.length) && isOpenUnasked !== turned.has(id);
    rows.push({ ...next, id, depth: path.length, size: entries?.length, isOpen });
    if (!isOpen) continue;
    for (const [place, [key, inner]] of [...entries!.entries()].toReversed())
      waiting.push({ path: [...path, key], key, value: inner, place, siblings: entries!.length });
  }
  return rows;
}

/** `items[0].name`, as it is written in most languages. */
export const printJsonPath = (path: readonly JsonStep[]): string =>
  path
    .map((step, index) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(step)
          ? `${index ? '.' : ''}${step}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('');

/** A value as it is copied: texts without their quotes. */
export const printJsonValue = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, null, typeof value === 'object' ? 2 : 0);

/** A key with its value, as PostgreSQL writes what is searched: lines that hold it are found by this text. */
export const searchedJson = ({ key, value }: Pick<JsonRow, 'key' | 'value'>): string =>
  typeof key === 'string' ? `${JSON.stringify(key)}: ${JSON.stringify(value)}` : JSON.stringify(value);
