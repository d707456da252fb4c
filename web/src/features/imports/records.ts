import type { CsvRow, Delimiter } from './types.ts';

/** A cell of a spreadsheet holds no more: whatever a quote encloses beyond it, the quote is a stray one. */
const MAX_QUOTED = 32_767;

interface Read {
  cells: string[];
  /** Where the next record begins. */
  next: number;
  isQuoted: boolean;
}

const isBlank = (character: string | undefined, delimiter: Delimiter): boolean =>
  character === ' ' || character === '\u00A0' || (character === '\t' && delimiter !== '\t');

/** What stands between two quotes, the first before `at`, and where the cell ends; null when none closes it well. */
function readQuoted(text: string, at: number, delimiter: Delimiter): { value: string; end: number } | null {
  for (let from = at; ;) {
    const quote = text.indexOf('"', from);
    if (quote < 0 || quote - at > MAX_QUOTED) return null;
    if (text[quote + 1] === '"') {
      from = quote + 2;
      continue;
    }
    let end = quote + 1;
    while (isBlank(text[end], delimiter)) end += 1;
    if (end < text.length && text[end] !== '\n' && text[end] !== delimiter) return null;
    return { value: text.slice(at, quote).replaceAll('""', '"'), end };
  }
}

/** The record that begins at `at`; null when a quote opens a cell and does not close it, unless `leniently` read. */
function readRecord(text: string, at: number, delimiter: Delimiter, leniently = false): Read | null {
  const cells: string[] = [];
  let isQuoted = true;
  for (let position = at; ; position += 1) {
    let open = position;
    while (isBlank(text[open], delimiter)) open += 1;
    const quoted = text[open] === '"' ? readQuoted(text, open + 1, delimiter) : undefined;
    if (quoted === null && !leniently) return null;
    isQuoted &&= Boolean(quoted);
    let end = quoted?.end ?? position;
    if (!quoted) while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end += 1;
    cells.push(quoted?.value ?? text.slice(position, end));
    position = end;
    if (text[position] !== delimiter) return { cells, next: Math.min(position + 1, text.length), isQuoted };
  }
}

/** The cells of one line; a quote that closes nowhere in it is a character like any other. */
export const readLine = (line: string, delimiter: Delimiter): string[] => readRecord(line, 0, delimiter, true)!.cells;

const EMAIL = /^\s*"?[^\s@"]+@[^\s@"]+"?\s*$/;
export const isEmailCell = (cell: string): boolean => EMAIL.test(cell);

export interface LeadingRecord {
  cells: string[];
  line: number;
  /** Where in the text it begins. */
  at: number;
}

/** What begins on the first `lines` lines, blank ones left out. */
export function leadingRecords(text: string, delimiter: Delimiter, lines: number): LeadingRecord[] {
  const found: LeadingRecord[] = [];
  for (let at = 0, line = 1; at < text.length && line <= lines;) {
    const end = text.indexOf('\n', at);
    const alone = text.slice(at, end < 0 ? text.length : end);
    const read = readRecord(text, at, delimiter);
    const cells = read?.cells ?? readLine(alone, delimiter);
    if (cells.some((cell) => cell.trim() !== '')) found.push({ cells, line, at });
    const next = read?.next ?? at + alone.length + 1;
    line += text.slice(at, next).split('\n').length - 1;
    at = next;
  }
  return found;
}

/** Whether a line within a quoted cell looks like a row of its own: two stray quotes have made it a part of a cell. */
function isRow(line: string, delimiter: Delimiter, { width, email }: Shape): boolean {
  const cells = line.split(delimiter);
  if (cells.length < Math.min(width, 3) || width < 2) return false;
  // Prose has a blank after its commas.
  const isDense = cells.every((cell, index) => index === 0 || !cell.startsWith(' '));
  const hasEmail = email < 0 ? cells.some(isEmailCell) : isEmailCell(cells[email] ?? '');
  return hasEmail ? isDense || cells.length >= width : isDense && cells.length === width;
}

/** What tells a row: the columns of the header, and the one of e-mail addresses (-1: not known). */
export interface Shape {
  width: number;
  email: number;
}

interface ReadOptions {
  firstLine: number;
  maxRows: number;
  hasHeader: boolean;
  shapeOf(header: string[]): Shape;
}

export interface Records {
  rows: CsvRow[];
  /** The first record, and how the others are told by it. Null when there is none. */
  header: CsvRow | null;
}

/**
 * Rows with the line each begins on: a quoted cell may span several. A line whose quote closes nowhere, or only beyond
 * what looks like other rows, is a row by itself, marked as such, and reading goes on with the line below: a stray
 * quote costs its line and no other. Blank rows are left out. Stops past `maxRows`. The first record is the header, and
 * a row as well where nothing names the columns.
 */
export function readRecords(
  text: string,
  delimiter: Delimiter,
  { firstLine, maxRows, hasHeader, shapeOf }: ReadOptions,
): Records {
  const rows: CsvRow[] = [];
  let header: CsvRow | null = null;
  let shape: Shape = { width: 0, email: -1 };
  let isQuotedFile = false;
  let line = firstLine;
  for (let at = 0; at < text.length && rows.length <= maxRows;) {
    const read = readRecord(text, at, delimiter);
    const spanned = read ? text.slice(at, read.next).replace(/\n$/, '').split('\n') : [];
    // Where every cell is quoted a stray quote shows by itself, and a cell may hold whatever looks like rows.
    const isSound =
      read?.isQuoted &&
      isQuotedFile &&
      read.cells.length === shape.width &&
      (read.next >= text.length || text[read.next] === '"');
    const hides =
      spanned.length > 1 && header && !isSound && spanned.slice(1).some((each) => isRow(each, delimiter, shape));
    let row: CsvRow;
    if (read && !hides) {
      row = { line, cells: read.cells };
      at = read.next;
      line += spanned.length;
    } else {
      const end = text.indexOf('\n', at);
      const alone = text.slice(at, end < 0 ? text.length : end);
      row = { line, cells: readLine(alone, delimiter), strayQuote: true };
      at += alone.length + 1;
      line += 1;
    }
    if (row.cells.every((cell) => cell.trim() === '')) continue;
    if (header || !hasHeader) rows.push(row);
    if (!header) {
      header = row;
      shape = shapeOf(row.cells);
      isQuotedFile = Boolean(read?.isQuoted);
    }
  }
  return { rows, header };
}
