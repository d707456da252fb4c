import { toCsv } from '@/shared/export/export.ts';
import type { ParsedFile, RowError } from './types.ts';

/** The wrong rows as they stood, with what is wrong in a last column: to be put right and imported by themselves. */
export function errorFile(
  file: Pick<ParsedFile, 'headers' | 'rows' | 'delimiter'>,
  errors: readonly RowError[],
  words: { header: string; describe(error: RowError): string },
): Promise<Blob> {
  const reasons = new Map<number, string[]>();
  for (const error of errors) reasons.set(error.row, [...(reasons.get(error.row) ?? []), words.describe(error)]);
  const bad = file.rows.filter((row) => reasons.has(row.line));
  const width = bad.reduce((most, row) => Math.max(most, row.cells.length), file.headers.length);
  return toCsv(
    bad,
    [
      ...Array.from({ length: width }, (_, column) => ({
        header: file.headers[column] ?? '',
        value: (row: (typeof bad)[number]) => row.cells[column] ?? '',
      })),
      { header: words.header, value: (row) => (reasons.get(row.line) ?? []).join(' ') },
    ],
    { delimiter: file.delimiter, quotes: true },
  );
}
