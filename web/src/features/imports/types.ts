import type { RpcArgs, RpcResult } from '@contracts/rpc/index.ts';

export const IMPORT_FIELDS = ['email', 'hwid', 'plan', 'expires_at', 'notes'] as const;
export const REQUIRED_FIELDS = ['email', 'hwid', 'plan'] as const satisfies readonly ImportField[];
export const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le', 'utf-16be'] as const;
export const DELIMITERS = [';', ',', '\t', '|'] as const;

/** Limits of one file; the database takes any number of calls. */
export const MAX_FILE_BYTES = 20 * 1024 * 1024;
export const MAX_ROWS = 50_000;

export type ImportField = (typeof IMPORT_FIELDS)[number];
export type Encoding = (typeof ENCODINGS)[number];
export type Delimiter = (typeof DELIMITERS)[number];
/** What becomes of rows that have a living licence. */
export type ExistingRows = NonNullable<RpcArgs<'import_licenses'>['existing']>;
export type ImportMode = 'all_or_nothing' | 'valid_rows';

/** Which field each column of the file holds; null: not imported. */
export type Mapping = (ImportField | null)[];

/** `line` is the line of the file the row begins on; the first line is 1. */
export interface CsvRow {
  line: number;
  cells: string[];
  /** A quote in it closes nowhere, or only beyond other rows. */
  strayQuote?: true;
}

export interface ParsedFile {
  /** SHA-256 of the file's bytes, in hexadecimal: what makes a repeated import harmless. */
  hash: string;
  encoding: Encoding;
  delimiter: Delimiter;
  /** Empty names where nothing names the columns. */
  headers: string[];
  hasHeader: boolean;
  /** The first line says somebody's address where the names of the columns should be. */
  beginsWithData: boolean;
  /** Lines above the names of the columns, titles for instance; 0 when all are blank. */
  linesAbove: number;
  rows: CsvRow[];
  /** Some bytes are no text in the chosen encoding. */
  damaged: boolean;
  /** Lines that were left out because they are the header again: files were glued together. */
  repeatedHeaders: number[];
}

export type FileProblemCode =
  | 'empty'
  | 'header_only'
  | 'binary'
  | 'spreadsheet'
  | 'too_large'
  | 'too_many_rows'
  | 'unclosed_quote'
  | 'unreadable';

export interface FileProblem {
  code: FileProblemCode;
  line?: number;
}

export type ParseResult = { ok: true; file: ParsedFile } | { ok: false; problem: FileProblem };

export interface ParseOptions {
  encoding?: Encoding | undefined;
  delimiter?: Delimiter | undefined;
  /** Whether the first line names the columns; guessed when not said. */
  hasHeader?: boolean | undefined;
}

/** A row as `import_licenses` takes it. */
export type ImportRow = Partial<Record<ImportField, string>> & { row: number };

export type ImportAnswer = RpcResult<'import_licenses'>;
/** What the database found wrong in a row, or the reader of the file before it. */
export type RowError = Omit<DatabaseRowError, 'reason'> & {
  reason: DatabaseRowError['reason'] | 'extra_cells' | 'stray_quote' | 'zeros_lost' | 'digits_rounded';
};
type DatabaseRowError = ImportAnswer['errors'][number];
export type ImportArguments = Omit<RpcArgs<'import_licenses'>, 'rows'> & { rows: ImportRow[] };

export interface LicenseImport {
  id: string;
  file_hash: string;
  file_name: string | null;
  mode: ImportMode;
  created_by: string | null;
  created_at: string;
  created_count: number;
  undone_at: string | null;
}
