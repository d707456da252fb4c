import { restore } from '@/shared/export/neutralise.ts';
import { decode, detectEncoding } from './decode.ts';
import { findHeading } from './heading.ts';
import { guessMapping } from './mapping.ts';
import { isEmailCell, readRecords } from './records.ts';
import { detectDelimiter, namedDelimiter } from './separators.ts';
import { MAX_FILE_BYTES, MAX_ROWS, type FileProblem, type ParseOptions, type ParseResult } from './types.ts';

const failed = (code: FileProblem['code'], line?: number): ParseResult => ({
  ok: false,
  problem: { code, ...(line ? { line } : {}) },
});

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A byte order mark wherever it stands: files are glued together. The second is its bytes read as Windows-1252. */
const BYTE_ORDER_MARKS = /\uFEFF|\u00EF\u00BB\u00BF/g;

const words = (cells: readonly string[]) =>
  cells
    .map((cell) => cell.trim().toLowerCase())
    .join('\n')
    .trimEnd();

interface Unglued {
  text: string;
  /** Lines whose end was the header of the next file: the one before it did not end its last line. */
  lines: number[];
}

/** Takes a header away that a row ends with. */
function unglue(text: string, first: string, delimiter: string, firstLine: number): Unglued {
  const lines: number[] = [];
  if (!first.includes(delimiter)) return { text, lines };
  const title = first.toLowerCase();
  const cleaned = text.split('\n').map((line, index) => {
    if (line.length <= title.length || line.slice(-title.length).toLowerCase() !== title) return line;
    lines.push(firstLine + index);
    return line.slice(0, -first.length);
  });
  return { text: cleaned.join('\n'), lines };
}

const SAMPLE_ROWS = 50;

/** Bytes of a CSV file to rows of text. Never throws for what a file may hold. */
export async function parseFile(bytes: Uint8Array<ArrayBuffer>, options: ParseOptions = {}): Promise<ParseResult> {
  if (bytes.length > MAX_FILE_BYTES) return failed('too_large');
  if (bytes.length === 0) return failed('empty');
  const detected = detectEncoding(bytes);
  if (detected.kind !== 'text') return failed(detected.kind);
  const encoding = options.encoding ?? detected.encoding;
  const decoded = decode(bytes, encoding);
  const text = decoded.text.replace(BYTE_ORDER_MARKS, '');

  const start = /^\s*/.exec(text)![0].lastIndexOf('\n') + 1;
  const first = text.slice(start, text.indexOf('\n', start) < 0 ? undefined : text.indexOf('\n', start));
  const named = namedDelimiter(first);
  const whole = named === undefined ? text : text.slice(start + first.length + 1);
  const wholeLine = named === undefined ? 1 : text.slice(0, start).split('\n').length + 1;
  const delimiter = options.delimiter ?? named ?? detectDelimiter(whole);

  const found = findHeading(whole, delimiter);
  const hasHeader = options.hasHeader ?? found?.isHeader ?? true;
  const body = whole.slice(found?.at ?? 0);
  const linesAbove = found ? found.line - 1 : 0;
  const firstLine = wholeLine + linesAbove;

  const heading = hasHeader ? body.split('\n', 1)[0]! : '';
  const isHeading = guessMapping(heading.split(delimiter)).filter(Boolean).length > 1;
  const glued = isHeading ? unglue(body, heading, delimiter, firstLine) : { text: body, lines: [] };
  const { rows, header } = readRecords(glued.text, delimiter, {
    firstLine,
    maxRows: MAX_ROWS,
    hasHeader,
    shapeOf: (cells) => ({
      width: cells.length,
      email: hasHeader ? guessMapping(cells).indexOf('email') : cells.findIndex(isEmailCell),
    }),
  });
  if (hasHeader && header?.strayQuote) return failed('unclosed_quote', header.line);
  if (!header) return failed('empty');
  if (rows.length > MAX_ROWS) return failed('too_many_rows');
  const title = words(header.cells);
  const isRepeat = (cells: string[]) =>
    (hasHeader && words(cells) === title) || namedDelimiter(cells.join(delimiter)) !== undefined;
  const repeats = rows.filter((row) => isRepeat(row.cells));
  const data = repeats.length ? rows.filter((row) => !isRepeat(row.cells)) : rows;
  if (data.length === 0) return failed('header_only');
  const width = data.slice(0, SAMPLE_ROWS).reduce((most, row) => Math.max(most, row.cells.length), 0);
  return {
    ok: true,
    file: {
      hash: await sha256(bytes),
      encoding,
      delimiter,
      headers: hasHeader ? header.cells.map((cell) => restore(cell.trim())) : Array.from({ length: width }, () => ''),
      hasHeader,
      beginsWithData: found?.isHeader === false,
      linesAbove: whole.slice(0, found?.at ?? 0).trim() ? linesAbove : 0,
      rows: data.map((row) => ({ ...row, cells: row.cells.map(restore) })),
      damaged: decoded.damaged,
      repeatedHeaders: [...glued.lines, ...repeats.map((row) => row.line)].sort((a, b) => a - b),
    },
  };
}
