import { canonicalHwid, cleanText } from '@/shared/rules.ts';
import {
  IMPORT_FIELDS,
  type ImportField,
  type ImportRow,
  type Mapping,
  type ParsedFile,
  type RowError,
} from './types.ts';

/** Cells of a row under their fields; empty ones are left out. */
function importRow(line: number, cells: readonly string[], columns: ReadonlyMap<ImportField, number>): ImportRow {
  const row: ImportRow = { row: line };
  for (const [field, column] of columns) {
    // Notes keep what joins the parts of an emoji.
    const text = field === 'notes' ? cells[column]?.trim() : cleanText(cells[column] ?? '');
    if (text) row[field] = text;
  }
  return row;
}

const identity = ({ email, hwid, plan }: ImportRow): string | null =>
  email && hwid ? JSON.stringify([email.toLowerCase(), canonicalHwid(hwid), plan?.toLowerCase() ?? '']) : null;

export interface MappedRows {
  /** Rows for the database to judge. */
  rows: ImportRow[];
  /** What only the whole file shows: cells beyond the header, repeats further apart than one call reaches. */
  errors: RowError[];
  /** What may be right and is worth a look: rows that are imported all the same. */
  warnings: RowError[];
}

/** Identifiers of digits alone: a spreadsheet drops zeros before a number, and its sixteenth digit and on. */
function doubtfulHwids(rows: readonly ImportRow[]): RowError[] {
  const numeric = rows
    .map(({ row, hwid }) => ({ row, hwid: canonicalHwid(hwid ?? '') }))
    // Beyond sixteen digits the database refuses what is rounded.
    .filter(({ hwid }) => /^\d+$/.test(hwid) && !/^\d{15}0{2,}$/.test(hwid));
  const lengths = new Map<number, number>();
  for (const { hwid } of numeric) lengths.set(hwid.length, (lengths.get(hwid.length) ?? 0) + 1);
  const [usual] = [...lengths].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [0];
  const doubt = (hwid: string): RowError['reason'] | null => {
    if (/^\d{15}0$/.test(hwid)) return 'digits_rounded';
    return !hwid.startsWith('0') && hwid.length < usual ? 'zeros_lost' : null;
  };
  return numeric.flatMap(({ row, hwid }) => {
    const reason = doubt(hwid);
    return reason ? [{ row, column: 'hwid', value: hwid, reason }] : [];
  });
}

export function mapRows(file: Pick<ParsedFile, 'headers' | 'rows'>, mapping: Mapping): MappedRows {
  const columns = new Map(
    IMPORT_FIELDS.flatMap((field) => (mapping.includes(field) ? [[field, mapping.indexOf(field)] as const] : [])),
  );
  const seen = new Set<string>();
  const rows: ImportRow[] = [];
  const errors: RowError[] = [];
  for (const { line, cells, strayQuote } of file.rows) {
    const whole = (text: string, reason: RowError['reason']) =>
      errors.push({ row: line, column: 'row', value: text.slice(0, 200), reason });
    if (strayQuote) {
      whole(cells.join(' '), 'stray_quote');
      continue;
    }
    const row = importRow(line, cells, columns);
    const key = identity(row);
    const beyond = cells.slice(file.headers.length).filter((cell) => cell.trim() !== '');
    if (beyond.length) whole(beyond.join(' '), 'extra_cells');
    else if (key && seen.has(key))
      errors.push({ row: line, column: 'hwid', value: row.hwid ?? null, reason: 'duplicate_in_file' });
    else rows.push(row);
    if (key) seen.add(key);
  }
  return { rows, errors, warnings: doubtfulHwids(rows) };
}

/** The database takes 5,000 rows a call and 8 seconds; smaller calls make progress visible and stay far from both. */
export const CHUNK_ROWS = 500;
const CHUNK_CHARACTERS = 1_000_000;

export function chunkRows(
  rows: readonly ImportRow[],
  maxRows = CHUNK_ROWS,
  maxCharacters = CHUNK_CHARACTERS,
): ImportRow[][] {
  const chunks: ImportRow[][] = [];
  let size = Infinity;
  for (const row of rows) {
    const length = JSON.stringify(row).length;
    const current = chunks.at(-1);
    if (!current || current.length >= maxRows || size + length > maxCharacters) {
      chunks.push([row]);
      size = length;
    } else {
      current.push(row);
      size += length;
    }
  }
  return chunks;
}
