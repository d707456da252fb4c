// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { guessMapping, isComplete, mappingProblems } from './mapping.ts';
import { chunkRows, mapRows } from './rows.ts';
import type { Mapping } from './types.ts';

const MAPPING: Mapping = ['email', 'hwid', 'plan', null, 'notes'];
const file = (...rows: string[][]) => ({
  headers: ['e', 'h', 'p', 'x', 'n'],
  rows: rows.map((cells, index) => ({ line: index + 2, cells })),
});

describe('guessMapping()', () => {
  it.each([
    [
      ['email', 'hwid', 'plan', 'expires_at', 'notes'],
      ['email', 'hwid', 'plan', 'expires_at', 'notes'],
    ],
    [
      ['Courriel', 'Machine', 'Formule', 'Expire le', 'Commentaire'],
      ['email', 'hwid', 'plan', 'expires_at', 'notes'],
    ],
    [
      ['Date d’expiration', 'OFFRE', 'E-mail', 'Hardware ID', 'Prénom'],
      ['expires_at', 'plan', 'email', 'hwid', null],
    ],
    [
      ['Échéance', 'e-mail', 'mail', 'Erreurs'],
      ['expires_at', 'email', null, null],
    ],
    [
      ['E-mail', 'Matériel', 'Formule', 'Date d’expiration', 'Remarques'],
      ['email', 'hwid', 'plan', 'expires_at', 'notes'],
    ],
    [
      ['Adresse e-mail du client', 'Identifiant matériel', 'Forfait', "Fin d'abonnement"],
      ['email', 'hwid', 'plan', 'expires_at'],
    ],
    [
      ['ADRESSES\u00a0E-MAIL', 'Numéro de machine', 'Type de licence', 'Valable jusqu’au', 'Observations (internes)'],
      ['email', 'hwid', 'plan', 'expires_at', 'notes'],
    ],
    [
      ['Courriels', 'HWID (PC)', 'Abonnements', 'Échéance (JJ/MM/AAAA)', 'Note interne'],
      ['email', 'hwid', 'plan', 'expires_at', 'notes'],
    ],
    [
      ['Licence', 'E-mail', 'HWID', 'Plan', 'Statut', 'Expire le'],
      [null, 'email', 'hwid', 'plan', null, 'expires_at'],
    ],
    [
      [
        'Date de début d’abonnement',
        'Nom de la machine',
        'Statut du plan',
        'Jours avant expiration',
        'Date de la note',
      ],
      [null, null, null, null, null],
    ],
  ])('%j → %j', (headers, mapping) => expect(guessMapping(headers)).toEqual(mapping));

  it('takes a column named after licences for the plan only where its cells are no keys', () => {
    const rows = (...cells: string[]) => cells.map((cell, index) => ({ line: index + 2, cells: ['a@b.fr', cell] }));
    expect(guessMapping(['E-mail', 'Licence'], rows('Premium', 'Starter'))).toEqual(['email', 'plan']);
    expect(guessMapping(['E-mail', 'Licence'], rows('ABCDE-FGHJK-MNPQR-STUVW-XYZ23'))).toEqual(['email', null]);
    expect(guessMapping(['E-mail', 'Licence'], rows('XYZ23'))).toEqual(['email', null]);
    expect(guessMapping(['E-mail', 'Clé'], rows('Premium'))).toEqual(['email', null]);
  });
});

describe('mappingProblems()', () => {
  it('names required fields without a column', () =>
    expect(mappingProblems(['email', 'notes']).missing).toEqual(['hwid', 'plan']));
  it('names a field two columns claim', () => {
    const mapping: Mapping = ['email', 'hwid', 'plan', 'hwid'];
    expect(mappingProblems(mapping).repeated).toEqual(['hwid']);
    expect(isComplete(mapping)).toBe(false);
  });
  it('is content without the optional fields', () => expect(isComplete(['plan', 'email', null, 'hwid'])).toBe(true));
});

describe('mapRows()', () => {
  it('puts trimmed cells under their fields, leaves empty ones out and keeps the line', () => {
    expect(mapRows(file([' a@example.com ', 'H-1', 'premium', 'ignored', ' '], ['b@example.com']), MAPPING)).toEqual({
      rows: [
        { row: 2, email: 'a@example.com', hwid: 'H-1', plan: 'premium' },
        { row: 3, email: 'b@example.com' },
      ],
      errors: [],
      warnings: [],
    });
  });
  it('reports a row longer than the header: a delimiter inside a cell has moved its values', () => {
    const { rows, errors } = mapRows(
      file(['a@example.com', 'H-1', 'premium', '', 'x', 'beyond'], ['b@example.com', 'H-2', 'premium', '', 'x', ' ']),
      MAPPING,
    );
    expect(errors).toEqual([{ row: 2, column: 'row', value: 'beyond', reason: 'extra_cells' }]);
    expect(rows.map((row) => row.row)).toEqual([3]);
  });
  it('reports a repeat wherever the first one stands, and keeps the first', () => {
    const { rows, errors } = mapRows(
      file(
        ['a@example.com', 'H-1', 'premium'],
        ['A@Example.com ', 'H-1', 'Premium'],
        ['a@example.com', 'H-1', 'starter'],
      ),
      MAPPING,
    );
    expect(rows.map((row) => row.row)).toEqual([2, 4]);
    expect(errors).toEqual([{ row: 3, column: 'hwid', value: 'H-1', reason: 'duplicate_in_file' }]);
  });
  it('knows one machine by its GUID, however that is written', () => {
    const guid = '4c4c4544-0051-3110-8052-b4c04f4a3332';
    const { errors } = mapRows(
      file(['a@example.com', guid, 'premium'], ['a@example.com', `{${guid.toUpperCase()}}\u200b`, 'premium']),
      MAPPING,
    );
    expect(errors).toMatchObject([{ row: 3, reason: 'duplicate_in_file' }]);
  });
  it('reports a line with a stray quote as a whole, and leaves it out', () => {
    const rows = [{ line: 2, cells: ['a@example.com', 'H-1', 'premium', '', '"VIP" x'], strayQuote: true as const }];
    expect(mapRows({ headers: ['e', 'h', 'p', 'x', 'n'], rows }, MAPPING)).toEqual({
      rows: [],
      errors: [{ row: 2, column: 'row', value: 'a@example.com H-1 premium  "VIP" x', reason: 'stray_quote' }],
      warnings: [],
    });
  });
  it('warns of numbers a spreadsheet may have shortened or rounded, and imports them', () => {
    const hwids = ['0012345678', '1234567890', '12345678', '12E4AB90', '1234567890123450'];
    const { rows, warnings } = mapRows(
      file(...hwids.map((hwid, index) => [`${index}@b.fr`, hwid, 'premium'])),
      MAPPING,
    );
    expect(rows).toHaveLength(hwids.length);
    expect(warnings).toEqual([
      { row: 4, column: 'hwid', value: '12345678', reason: 'zeros_lost' },
      { row: 6, column: 'hwid', value: '1234567890123450', reason: 'digits_rounded' },
    ]);
  });
  it.each([
    [['12345678']],
    [['12345678', 'PC-0123456789']],
    [['12345678', '123456789012345000']],
    [['12345678', '00000000']],
    [['“12345678”', '"12345679"']],
  ])('does not call a number of %j short, which is none shorter than another', (hwids) =>
    expect(mapRows(file(...hwids.map((hwid) => ['a@b.fr', hwid, 'premium'])), MAPPING).warnings).toEqual([]),
  );
  it('leaves rows without e-mail or HWID to the database', () =>
    expect(mapRows(file(['', '', 'starter'], ['', '', 'starter']), MAPPING).errors).toEqual([]));
});

describe('chunkRows()', () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ row: index + 2, notes: 'x'.repeat(10) }));
  it('keeps order and loses nothing', () => {
    const chunks = chunkRows(rows(1_250));
    expect(chunks.map((chunk) => chunk.length)).toEqual([500, 500, 250]);
    expect(chunks.flat()).toEqual(rows(1_250));
  });
  it('makes smaller calls of long rows, and one call of a row that is too long by itself', () => {
    expect(chunkRows(rows(4), 1_000, 70).map((chunk) => chunk.length)).toEqual([2, 2]);
    expect(chunkRows(rows(2), 1_000, 5).map((chunk) => chunk.length)).toEqual([1, 1]);
  });
  it('makes no call of nothing', () => expect(chunkRows([])).toEqual([]));
});
