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
    const text = cells[column]?.trim();
    if (text) row[field] = text;
  }
  return row;
}

const identity = ({ email, hwid, plan }: ImportRow): string | null =>
  email && hwid ? JSON.stringify([email.toLowerCase(), hwid, plan?.toLowerCase() ?? '']) : null;

export interface MappedRows {
  /** Rows for the database to judge. */
  rows: ImportRow[];
  /** What only the whole file shows: cells beyond the header, repeats further apart than one call reaches. */
  errors: RowError[];
}

export function mapRows(file: Pick<ParsedFile, 'headers' | 'rows'>, mapping: Mapping): MappedRows {
  const columns = new Map(
    IMPORT_FIELDS.flatMap((field) => (mapping.includes(field) ? [[field, mapping.indexOf(field)] as const] : [])),
  );
  const seen = new Set<string>();
  const rows: ImportRow[] = [];
  const errors: RowError[] = [];
  for (const { line, cells } of file.rows) {
    const row = importRow(line, cells, columns);
    const key = identity(row);
    const beyond = cells.slice(file.headers.length).filter((cell) => cell.trim() !== '');
    if (beyond.length)
      errors.push({ row: line, column: 'row', value: beyond.join(' ').slice(0, 200), reason: 'extra_cells' });
    else if (key && seen.has(key))
      errors.push({ row: line, column: 'hwid', value: row.hwid ?? null, reason: 'duplicate_in_file' });
    else rows.push(row);
    if (key) seen.add(key);
  }
  return { rows, errors };
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
