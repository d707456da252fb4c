import { guessMapping } from './mapping.ts';
import { isEmailCell, leadingRecords, type LeadingRecord } from './records.ts';
import type { Delimiter } from './types.ts';

/** Lines among which the names of the columns are looked for: titles stand above them in spreadsheets. */
const SEARCHED_LINES = 10;

/** What nobody takes for the names of columns: it says somebody's address. */
export const isData = (cells: readonly string[]): boolean => cells.some(isEmailCell);

const filled = (cells: readonly string[]) => cells.filter((cell) => cell.trim() !== '').length;
const known = (cells: readonly string[]) => guessMapping(cells).filter(Boolean).length;

export interface Heading extends LeadingRecord {
  /** Whether it names the columns; else it is the first row. */
  isHeader: boolean;
}

/** Where the table begins: the first line that names an e-mail column, else what stands on top of the first row. */
export function findHeading(text: string, delimiter: Delimiter): Heading | null {
  const records = leadingRecords(text, delimiter, SEARCHED_LINES);
  const data = records.findIndex(({ cells }) => isData(cells) && filled(cells) > 1);
  const above = (data < 0 ? records : records.slice(0, data)).filter(({ cells }) => !isData(cells));
  const naming = above.filter(({ cells }) => guessMapping(cells).includes('email'));
  const header =
    naming.find(({ cells }) => known(cells) > 1) ??
    naming[0] ??
    (data < 0 ? records[0] : above.findLast(({ cells }) => filled(cells) > 1));
  if (header) return { ...header, isHeader: true };
  return data < 0 ? null : { ...records[data]!, isHeader: false };
}
