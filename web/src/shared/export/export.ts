import { callRpc } from '@/base/api.ts';
import { neutralise } from './neutralise.ts';

export type ExportFormat = 'csv' | 'xlsx' | 'json';
export type ExportCell = string | number | boolean | Date | null;

export interface ExportColumn<Row> {
  header: string;
  value: (row: Row) => ExportCell;
  /** Characters, for spreadsheets. */
  width?: number;
}

export interface ExportPage<Row> {
  rows: Row[];
  total: number;
}

export interface ExportRequest<Row> {
  /** As the database counts exports; what it does not know it refuses. */
  subject: string;
  format: ExportFormat;
  fileName: string;
  columns: ExportColumn<Row>[];
  /** Page numbers start at 1. */
  fetchPage(page: number): Promise<ExportPage<Row>>;
  /** What was asked for, written to the audit with the export. */
  filters: Record<string, unknown>;
  onProgress?(done: number, total: number): void;
  signal?: AbortSignal;
}

const text = (cell: ExportCell): string | number | boolean =>
  cell === null ? '' : cell instanceof Date ? cell.toISOString() : typeof cell === 'string' ? neutralise(cell) : cell;

/** `quotes`: around every cell, so that no reader takes what a cell of several lines holds for rows. */
export async function toCsv<Row>(
  rows: Row[],
  columns: ExportColumn<Row>[],
  { delimiter = ';', quotes = false } = {},
): Promise<Blob> {
  const { default: Papa } = await import('papaparse');
  const body = Papa.unparse(
    {
      fields: columns.map((column) => neutralise(column.header)),
      data: rows.map((row) => columns.map((column) => text(column.value(row)))),
    },
    { delimiter, newline: '\r\n', quotes },
  );
  // Excel reads UTF-8 only when a byte order mark says so.
  return new Blob(['\uFEFF', body], { type: 'text/csv;charset=utf-8' });
}

async function toXlsx<Row>(rows: Row[], columns: ExportColumn<Row>[]): Promise<Blob> {
  const { default: writeExcelFile } = await import('write-excel-file/browser');
  const cell = (value: ExportCell) =>
    value === null
      ? null
      : value instanceof Date
        ? { value, type: Date, format: 'yyyy-mm-dd hh:mm' }
        : { value: typeof value === 'string' ? neutralise(value) : value };
  const sheet = [
    columns.map((column) => ({ value: neutralise(column.header), fontWeight: 'bold' as const })),
    ...rows.map((row) => columns.map((column) => cell(column.value(row)))),
  ];
  return writeExcelFile(
    sheet as never,
    { columns: columns.map((column) => ({ width: column.width ?? 20 })), stickyRowsCount: 1 } as never,
  ).toBlob();
}

function toJson<Row>(rows: Row[], columns: ExportColumn<Row>[]): Blob {
  const objects = rows.map((row) => Object.fromEntries(columns.map((column) => [column.header, column.value(row)])));
  return new Blob([JSON.stringify(objects, null, 2)], { type: 'application/json' });
}

export function download(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser starts reading after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function fetchAll<Row>(request: ExportRequest<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let page = 1; ; page += 1) {
    request.signal?.throwIfAborted();
    const answer = await request.fetchPage(page);
    rows.push(...answer.rows);
    request.onProgress?.(rows.length, answer.total);
    if (answer.rows.length === 0 || rows.length >= answer.total) return rows;
  }
}

/** Reads every page, writes the audit event, then hands over the file: no file without its trace. */
export async function runExport<Row>(request: ExportRequest<Row>): Promise<number> {
  const rows = await fetchAll(request);
  const build = { csv: toCsv<Row>, xlsx: toXlsx<Row>, json: toJson<Row> }[request.format];
  const blob = await build(rows, request.columns);
  request.signal?.throwIfAborted();
  await callRpc('record_export', {
    subject: request.subject,
    format: request.format,
    row_count: rows.length,
    filters: request.filters,
  });
  download(blob, `${request.fileName}.${request.format}`);
  return rows.length;
}
