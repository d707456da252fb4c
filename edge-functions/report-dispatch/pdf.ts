import { PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from 'pdf-lib';
import type { ReportChart, ReportDocument, ReportTable } from '../../supabase/contracts/reports/document.ts';
import { say } from '../../supabase/contracts/reports/say.ts';
import { fit, toHeldText } from './pdf-text.ts';

const [width, height, margin, row] = [595.28, 841.89, 42, 15];
const inner = width - 2 * margin;
const [ink, muted, line, accent] = [
  rgb(0.06, 0.09, 0.16),
  rgb(0.39, 0.45, 0.55),
  rgb(0.88, 0.91, 0.94),
  rgb(0.31, 0.27, 0.9),
];

/** The report as pages of vectors, in the order in which it is read. Nothing in its text makes it fail. */
export async function toPdf(report: ReportDocument, createdAt: Date): Promise<Uint8Array<ArrayBuffer>> {
  const pdf = await PDFDocument.create();
  pdf.setTitle(report.title, { showInWindowTitleBar: true });
  pdf.setLanguage(report.language === 'fr' ? 'fr-FR' : 'en-GB');
  pdf.setAuthor('WhatAutosys');
  pdf.setSubject(report.facts[0] ?? '');
  pdf.setCreator('WhatAutosys');
  pdf.setProducer('WhatAutosys');
  pdf.setCreationDate(createdAt);
  pdf.setModificationDate(createdAt);
  const [regular, bold] = [
    await pdf.embedFont(StandardFonts.Helvetica),
    await pdf.embedFont(StandardFonts.HelveticaBold),
  ];
  let page: PDFPage = pdf.addPage([width, height]);
  let y = height - margin;

  const turn = () => {
    page = pdf.addPage([width, height]);
    y = height - margin;
  };
  const write = (text: string, x: number, size: number, font: PDFFont = regular, color = ink, room = inner) =>
    page.drawText(fit(text, font, size, room), { x, y, size, font, color });

  y -= 20;
  write(report.title, margin, 20, bold);
  y -= 6;
  for (const fact of report.facts) {
    y -= 13;
    write(fact, margin, 9, regular, muted);
  }
  drawCards();
  drawChart(report.chart);
  for (const table of report.tables) drawTable(table);
  drawNotes();
  drawNumbers();
  return (await pdf.save()) as Uint8Array<ArrayBuffer>;

  function drawCards(): void {
    const each = inner / report.cards.length;
    y -= 74;
    const top = y;
    for (const [index, { label, value, before }] of report.cards.entries()) {
      const x = margin + index * each;
      page.drawRectangle({ x, y: top, width: each - 8, height: 58, borderColor: line, borderWidth: 1 });
      y = top + 42;
      write(label, x + 8, 8, regular, muted, each - 24);
      y = top + 23;
      write(say(value, report.language), x + 8, 15, bold, ink, each - 24);
      y = top + 9;
      write(before, x + 8, 7.5, regular, muted, each - 24);
    }
    y = top;
  }

  function drawChart({ title, kind, points }: ReportChart): void {
    const values = points.map(({ value }) => value?.value ?? null);
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return;
    const [least, most] = [Math.min(0, ...known), Math.max(0, ...known)];
    const tall = 110;
    y -= 28;
    write(title, margin, 11, bold);
    y -= tall + 12;
    const bottom = y;
    const at = (value: number) => bottom + (most === least ? 0 : ((value - least) / (most - least)) * tall);
    const step = inner / points.length;
    const middle = (index: number) => margin + (index + 0.5) * step;
    page.drawLine({ start: { x: margin, y: at(0) }, end: { x: margin + inner, y: at(0) }, color: line, thickness: 1 });
    // SVG paths go down the page: so do these, from its top.
    const draw = (path: string, fill: boolean) =>
      page.drawSvgPath(path, {
        x: 0,
        y: height,
        ...(fill ? { color: accent } : { borderColor: accent, borderWidth: 1.5 }),
      });
    if (kind === 'line') {
      let path = '';
      for (const [index, value] of values.entries())
        if (value !== null)
          path += `${path && values[index - 1] !== null ? 'L' : 'M'} ${middle(index)} ${height - at(value)} `;
      draw(path, false);
    } else {
      const base = height - at(0);
      for (const [index, value] of values.entries())
        if (value)
          draw(`M ${middle(index) - step * 0.35} ${base} V ${height - at(value)} h ${step * 0.7} V ${base} Z`, true);
    }
    const highest = points[values.indexOf(Math.max(...known))]?.value ?? null;
    y = bottom + tall + 3;
    write(say(highest, report.language), margin, 7.5, regular, muted);
    y = bottom - 12;
    const every = Math.ceil(points.length / 12);
    for (const [index, { label }] of points.entries())
      if (index % every === 0) {
        const text = fit(label, regular, 7, step * every - 2);
        page.drawText(text, {
          x: middle(index) - regular.widthOfTextAtSize(text, 7) / 2,
          y,
          size: 7,
          font: regular,
          color: muted,
        });
      }
  }

  function drawTable(table: ReportTable): void {
    const shown = table.columns.flatMap((column, index) => (column.isForFiles ? [] : [index]));
    const weights = shown.map((index) => (table.columns[index]!.isNumber ? 1 : 1.4));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const widths = weights.map((weight) => (weight / total) * inner);
    const drawRow = (cells: string[], font: PDFFont, color = ink) => {
      let x = margin;
      for (const [place, text] of cells.entries()) {
        const room = widths[place]! - 6;
        const said = fit(text, font, 8, room);
        const right = table.columns[shown[place]!]!.isNumber ? room - font.widthOfTextAtSize(said, 8) : 0;
        page.drawText(said, { x: x + right, y, size: 8, font, color });
        x += widths[place]!;
      }
      page.drawLine({
        start: { x: margin, y: y - 4 },
        end: { x: margin + inner, y: y - 4 },
        color: line,
        thickness: 0.5,
      });
    };
    const drawHead = () => {
      y -= row;
      drawRow(
        shown.map((index) => table.columns[index]!.label),
        bold,
        muted,
      );
    };
    if (y < margin + 5 * row) turn();
    y -= 32;
    write(table.title, margin, 11, bold);
    y -= 4;
    drawHead();
    for (const cells of table.rows) {
      if (y < margin + 2 * row) {
        turn();
        drawHead();
      }
      y -= row;
      drawRow(
        shown.map((index) => say(cells[index] ?? null, report.language)),
        regular,
      );
    }
    if (table.rows.length === 0) {
      y -= row;
      write(table.none, margin, 8, regular, muted);
    }
  }

  function drawNotes(): void {
    for (const note of report.notes) {
      if (y < margin + 2 * row) turn();
      y -= row;
      write(note, margin, 8, regular, muted);
    }
  }

  function drawNumbers(): void {
    const pages = pdf.getPages();
    for (const [index, each] of pages.entries()) {
      const said = toHeldText(`${index + 1} / ${pages.length}`);
      each.drawText(said, {
        x: width - margin - regular.widthOfTextAtSize(said, 8),
        y: 22,
        size: 8,
        font: regular,
        color: muted,
      });
    }
  }
}
