import writeExcelFile from 'write-excel-file/universal';
import type { ReportDocument, ReportTable } from '../../supabase/contracts/reports/document.ts';
import { type Cell, plainNumber, writeNumber } from '../../supabase/contracts/reports/say.ts';

/** What a spreadsheet would run becomes text; the full-width signs do in some. */
export const guard = (text: string): string => (/^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text);
const heads = ({ columns }: ReportTable) => columns.map(({ label, unit }) => (unit ? `${label} (${unit})` : label));
const isNumber = (cell: Cell) => typeof cell === 'object' && cell !== null;

/** The accessible twin of the PDF: tables under their titles, `;` between cells, UTF-8 with its mark. */
export function toCsv(report: ReportDocument): Uint8Array<ArrayBuffer> {
  const quote = (text: string) => (/[;"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const words = (text: string) => quote(guard(text));
  const cell = (value: Cell) => (isNumber(value) ? writeNumber(value, report.language) : words(value ?? ''));
  const lines = [
    words(report.title),
    ...report.facts.map(words),
    ...report.tables.flatMap((table) => [
      '',
      words(table.title),
      heads(table).map(words).join(';'),
      ...table.rows.map((row) => row.map(cell).join(';')),
      ...(table.rows.length === 0 ? [words(table.none)] : []),
    ]),
    ...(report.notes.length > 0 ? ['', ...report.notes.map(words)] : []),
  ];
  return new TextEncoder().encode(`\uFEFF${lines.join('\r\n')}\r\n`) as Uint8Array<ArrayBuffer>;
}

/** A sheet a table; numbers are numbers. */
export async function toXlsx(report: ReportDocument): Promise<Uint8Array<ArrayBuffer>> {
  const bold = (value: string) => ({ value: guard(value), fontWeight: 'bold' as const });
  const cell = (value: Cell) =>
    value === null || value === ''
      ? null
      : isNumber(value)
        ? { value: plainNumber(value), ...(value.unit === 'money' ? { format: '#,##0.00' } : {}) }
        : { value: guard(value) };
  const sheets = report.tables.map((table, index) => ({
    // Excel takes 31 characters, and none of these.
    sheet: table.title.replaceAll(/[\\/?*[\]:]/g, ' ').slice(0, 31),
    columns: table.columns.map(({ isNumber: narrow }) => ({ width: narrow ? 16 : 32 })),
    data: [
      ...(index === 0 ? [[bold(report.title)], ...report.facts.map((fact) => [{ value: guard(fact) }]), []] : []),
      heads(table).map(bold),
      ...table.rows.map((row) => row.map(cell)),
      ...(table.rows.length === 0 ? [[{ value: table.none }]] : []),
      ...(index === 0 ? report.notes.map((note) => [{ value: guard(note) }]) : []),
    ],
  }));
  const blob = await writeExcelFile(sheets as never).toBlob();
  return new Uint8Array(await blob.arrayBuffer());
}
