import { describe, expect, it } from 'vitest';
import { toDocument } from '../../supabase/contracts/reports/document.ts';
import { readPdf } from './pdf-reader.testing.ts';
import { toPdf } from './pdf.ts';
import { guard, toCsv, toXlsx } from './sheets.ts';
import { snapshot } from './snapshot.testing.ts';

const csv = (change = {}) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(toCsv(toDocument(snapshot(change))));

describe('the CSV', () => {
  it('has its mark, semicolons, and French numbers that stay numbers', () => {
    const text = csv();
    expect(text.startsWith('\uFEFFRapport hebdomadaire\r\n')).toBe(true);
    expect(text).toContain('\r\nMRR;12450,50;12000,00;EUR\r\n');
    expect(text).toContain('\r\nMRR perdu;-29,00;0,00;EUR\r\n');
    expect(text).toContain('\r\nChurn des clients;3,42;;%\r\n');
    expect(text).toContain('\r\nPremière réponse;1,5;1;h\r\n');
    expect(text).toContain('Ouverture (EUR);Nouveau (EUR)');
  });

  it('has a decimal point in English', () => {
    expect(csv({ language: 'en' })).toContain('\r\nMRR;12450.50;12000.00;EUR\r\n');
  });

  it('says the amounts that the PDF says', async () => {
    const report = toDocument(snapshot());
    const { pages } = await readPdf(await toPdf(report, new Date(0)));
    const amounts = [...csv().matchAll(/^(?:MRR|MRR perdu);(-?\d+),(\d\d);/gm)];
    expect(amounts).toHaveLength(2);
    for (const [, whole, cents] of amounts) {
      const said = `${Number(whole).toLocaleString('fr-FR').replaceAll('\u202F', '\u00A0')},${cents}\u00A0€`;
      expect(pages.join('\n')).toContain(said);
    }
  });

  it.each(['=1+1', '+33 6 12', '-2', '@x', '\tx', '\rx', '＝1'])('no text of it is run: %j', (name) => {
    expect(guard(name)).toBe(`'${name}`);
    expect(csv({ name })).toContain(`'${name}`);
  });

  it('quotes what would end a cell', () => {
    expect(csv({ name: 'a;"b"\nc' })).toContain('"a;""b""\nc"');
  });
});

it('the XLSX is a workbook with a sheet for each table', async () => {
  const bytes = await toXlsx(toDocument(snapshot()));
  expect(new TextDecoder('latin1').decode(bytes.slice(0, 2))).toBe('PK');
  expect(new TextDecoder('latin1').decode(bytes)).toContain('xl/worksheets/sheet3.xml');
});
