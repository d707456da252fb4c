import { canonicalHwid, isHwid } from '@/shared/rules.ts';
import { isEmailCell } from './records.ts';
import type { CsvRow, ImportField, Mapping } from './types.ts';

const SAMPLE_ROWS = 50;
const DAY = /^\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}([T ]|$)/;

/** Which field each column holds by what stands in it, where nothing names it. `plans`: their codes and names. */
export function guessByContents(width: number, rows: readonly CsvRow[], plans: readonly string[]): Mapping {
  const known = new Set(plans.map((plan) => plan.trim().toLowerCase()));
  const mapping: Mapping = Array.from({ length: width }, () => null);
  const share = (column: number, is: (cell: string) => boolean) => {
    const cells = rows.slice(0, SAMPLE_ROWS).flatMap((row) => row.cells[column]?.trim() || []);
    return cells.length ? cells.filter(is).length / cells.length : 0;
  };
  const tests: [ImportField, (cell: string) => boolean][] = [
    ['email', isEmailCell],
    ['plan', (cell) => known.has(cell.toLowerCase())],
    ['expires_at', (cell) => DAY.test(cell)],
    // Prose has blanks.
    ['hwid', (cell) => isHwid(cell) && !canonicalHwid(cell).includes(' ')],
  ];
  for (const [field, is] of tests) {
    const free = mapping.flatMap((each, column) => (each === null ? [{ column, share: share(column, is) }] : []));
    const [best] = free.sort((a, b) => b.share - a.share || a.column - b.column);
    if (best && best.share > 0.5) mapping[best.column] = field;
  }
  return mapping;
}
