import Papa from 'papaparse';
import { decode, detectEncoding } from './decode.ts';
import { guessMapping } from './mapping.ts';
import {
  DELIMITERS,
  MAX_FILE_BYTES,
  MAX_ROWS,
  type CsvRow,
  type Delimiter,
  type FileProblem,
  type ParseOptions,
  type ParseResult,
} from './types.ts';

const failed = (code: FileProblem['code'], line?: number): ParseResult => ({
  ok: false,
  problem: { code, ...(line ? { line } : {}) },
});
const isBlank = (cells: string[]) => cells.every((cell) => cell.trim() === '');

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The delimiter that makes most known columns of the first row; else what the parser makes of the first rows. */
export function detectDelimiter(text: string): Delimiter {
  const known = (delimiter: Delimiter) =>
    guessMapping(Papa.parse<string[]>(text, { delimiter, newline: '\n', preview: 1 }).data[0] ?? []).filter(Boolean)
      .length;
  const [best, next] = DELIMITERS.map((delimiter) => ({ delimiter, count: known(delimiter) })).sort(
    (a, b) => b.count - a.count,
  );
  if (best && best.count > (next?.count ?? 0)) return best.delimiter;
  const { meta } = Papa.parse(text, { newline: '\n', preview: 20, delimitersToGuess: [...DELIMITERS] });
  return DELIMITERS.find((delimiter) => delimiter === meta.delimiter) ?? ',';
}

interface Records {
  rows: CsvRow[];
  problem: FileProblem | null;
}

/** Rows with the line each begins on: a quoted cell may span several. Blank rows are left out. */
function readRecords(text: string, delimiter: Delimiter, firstLine: number): Records {
  const rows: CsvRow[] = [];
  let problem: FileProblem | null = null;
  let line = firstLine;
  let position = 0;
  Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    step({ data, errors, meta }, parser) {
      const start = line;
      for (; position < meta.cursor; position += 1) if (text.charCodeAt(position) === 10) line += 1;
      if (errors.some((error) => error.code === 'MissingQuotes')) problem = { code: 'unclosed_quote', line: start };
      else if (!isBlank(data)) rows.push({ line: start, cells: data });
      if (rows.length > MAX_ROWS + 1) problem = { code: 'too_many_rows' };
      if (problem) parser.abort();
    },
  });
  return { rows, problem };
}

/** Excel writes, and hides, a first line naming the delimiter. */
const SEPARATOR_LINE = /^sep=([;,\t])\n/i;

/** Bytes of a CSV file to rows of text. Never throws for what a file may hold. */
export async function parseFile(bytes: Uint8Array<ArrayBuffer>, options: ParseOptions = {}): Promise<ParseResult> {
  if (bytes.length > MAX_FILE_BYTES) return failed('too_large');
  if (bytes.length === 0) return failed('empty');
  const detected = detectEncoding(bytes);
  if (detected.kind !== 'text') return failed(detected.kind);
  const encoding = options.encoding ?? detected.encoding;
  const { text, damaged } = decode(bytes, encoding);
  const separator = SEPARATOR_LINE.exec(text);
  const body = separator ? text.slice(separator[0].length) : text;
  const delimiter = options.delimiter ?? (separator?.[1] as Delimiter | undefined) ?? detectDelimiter(body);
  const { rows, problem } = readRecords(body, delimiter, separator ? 2 : 1);
  if (problem) return { ok: false, problem };
  const [header, ...data] = rows;
  if (!header) return failed('empty');
  if (data.length === 0) return failed('header_only');
  return {
    ok: true,
    file: {
      hash: await sha256(bytes),
      encoding,
      delimiter,
      headers: header.cells.map((cell) => cell.trim()),
      rows: data,
      damaged,
    },
  };
}
