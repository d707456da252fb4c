import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { parseFile } from '../parse-file.ts';
import type { ImportArguments, ParseOptions } from '../types.ts';
import ImportPage from './ImportPage.vue';

// happy-dom has no workers: the same reader runs here.
vi.mock('../parse-client.ts', () => ({
  parseInWorker: async (file: File, options: ParseOptions) =>
    parseFile(new Uint8Array(await file.arrayBuffer()), options),
}));

const IMPORT = 'POST /rest/v1/rpc/import_licenses';
const UNDO = 'POST /rest/v1/rpc/undo_import';
const CSV = 'email;hwid;plan\na@example.com;HW-1;premium\nbad;HW-2;premium\nc@example.com;HW-3;starter\n';
const right = ({ rows, dry_run }: ImportArguments) => {
  const errors = rows
    .filter((row) => row.email === 'bad')
    .map((row) => ({ row: row.row, column: 'email', value: 'bad', reason: 'invalid_email' }));
  return {
    import_id: dry_run ? null : 'import-1',
    created: rows.length - errors.length,
    skipped: 0,
    existing: [] as number[],
    errors,
  };
};
const past = {
  id: 'import-0',
  file_hash: 'a'.repeat(64),
  file_name: 'revendeurs.csv',
  mode: 'valid_rows',
  created_by: 'x',
  created_at: new Date().toISOString(),
  created_count: 12,
  undone_at: null,
};
const api = (answer: (args: ImportArguments) => unknown = right, undo: () => unknown = () => ({ undone: 2 })) =>
  mockApi({
    [IMPORT]: (body) => answer(body as ImportArguments),
    [UNDO]: undo,
    'GET /rest/v1/license_imports': () => [past],
    'GET /rest/v1/staff': () => [],
    'GET /rest/v1/plans': () => ['starter', 'premium'].map((code) => ({ code, name: code.toUpperCase() })),
  });
const button = (name: string | RegExp) =>
  [...document.querySelectorAll('button')].find((each) =>
    [each.textContent?.trim() ?? '', each.getAttribute('aria-label') ?? ''].some((text) =>
      typeof name === 'string' ? text === name : name.test(text),
    ),
  );
const text = () => document.body.textContent ?? '';

async function choose(content = CSV, name = 'clients.csv') {
  const input = document.querySelector<HTMLInputElement>('input[type="file"]')!;
  const files = [new File([content], name)];
  Object.defineProperty(input, 'files', { value: files, configurable: true });
  input.dispatchEvent(new Event('change'));
  await until(() => expect(text()).toMatch(/Contrôler les lignes|clients\.csv :/));
}
async function press(name: string | RegExp) {
  button(name)?.click();
  await flushPromises();
}
async function review(content = CSV) {
  await mountApp(ImportPage, { path: '/imports' });
  await choose(content);
  await press('Contrôler les lignes');
}

describe('ImportPage', () => {
  it('matches the columns, shows the first rows, and writes nothing when checking', async () => {
    const calls = api();
    await mountApp(ImportPage, { path: '/imports' });
    await choose();
    expect(text()).toContain('HW-3');
    await press('Contrôler les lignes');
    expect(calls.filter((call) => call.route === IMPORT).map((call) => (call.body as ImportArguments).dry_run)).toEqual(
      [true],
    );
    expect((calls.find((call) => call.route === IMPORT)?.body as ImportArguments | undefined)?.rows[0]).toEqual({
      row: 2,
      email: 'a@example.com',
      hwid: 'HW-1',
      plan: 'premium',
    });
  });
  it('names the wrong cell by line and column, in words', async () => {
    api();
    await review();
    expect(text()).toMatch(/1 ligne en erreur/);
    expect(document.querySelector('table tbody tr')?.textContent).toMatch(/3.*E-mail.*bad.*adresse e-mail invalide/);
    expect(await axeViolations()).toEqual([]);
  });
  it('imports the valid rows without the wrong one, and says what was done', async () => {
    const calls = api();
    await review();
    await press('Importer 2 licences');
    const written = calls.map((call) => call.body as ImportArguments).filter((body) => body?.dry_run === false);
    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({ mode: 'valid_rows', file_name: 'clients.csv', rows: [{ row: 2 }, { row: 4 }] });
    expect(written[0]?.file_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(text()).toContain('2 licences créées');
    expect(document.querySelector('a[href*="import=import-1"]')?.textContent).toContain('Voir les licences');
  });
  it('names the files of recent imports and leads to what they made', async () => {
    api();
    await mountApp(ImportPage, { path: '/imports' });
    const row = document.querySelector('tr[data-row]');
    expect(row?.textContent).toMatch(/revendeurs\.csv.*12.*Lignes valides/);
    expect(row?.querySelector('a[href="/licences?import=import-0"]')?.textContent).toBe('12');
  });
  it('imports nothing in all-or-nothing while a row is wrong', async () => {
    const calls = api();
    await review();
    [...document.querySelectorAll<HTMLElement>('[role="radio"]')].at(-1)?.click();
    await flushPromises();
    const start = button(/^Importer( \d|$)/);
    expect(start?.disabled).toBe(true);
    start?.click();
    await flushPromises();
    expect(calls.some((call) => (call.body as ImportArguments)?.dry_run === false)).toBe(false);
  });
  it('goes on after a failure of the network', async () => {
    let lost = true;
    const calls = api((args) => {
      if (!args.dry_run && lost) {
        lost = false;
        return new ApiFailure(503, { code: '', message: 'TypeError: Failed to fetch', hint: null, details: null });
      }
      return args.dry_run
        ? right(args)
        : { import_id: 'import-1', created: 0, skipped: args.rows.length, existing: [], errors: [] };
    });
    await review();
    await press('Importer 2 licences');
    expect(text()).toContain('Interrompu');
    await press('Reprendre');
    expect(text()).toContain('2 licences créées');
    expect(calls.filter((call) => (call.body as ImportArguments)?.dry_run === false)).toHaveLength(2);
  });
  it('says that a file is imported already', async () => {
    api((args) => ({ import_id: 'import-1', created: 0, skipped: args.rows.length, existing: [], errors: [] }));
    await review();
    expect(text()).toContain('Ce fichier a déjà été importé');
    expect(button(/^Importer \d/)).toBeUndefined();
  });
  it('says which rows have a licence, leaves them out, and creates them only when asked for', async () => {
    const calls = api((args) => ({ ...right(args), existing: [2] }));
    await review('email;hwid;plan\na@example.com;HW-1;premium\nc@example.com;HW-3;starter\n');
    expect(text()).toContain('1 ligne a déjà une licence en cours');
    expect(text()).toContain('Ligne 2');
    expect(button(/^Importer 1 licence$/)).toBeDefined();
    const start = (existing: string) =>
      calls.filter((call) => call.route === IMPORT && (call.body as ImportArguments).existing === existing);
    [...document.querySelectorAll<HTMLElement>('[role="radio"]')].at(-1)?.click();
    await flushPromises();
    expect(await axeViolations()).toEqual([]);
    await press('Importer 2 licences');
    expect(start('create')).toHaveLength(1);
    expect(start('skip')).toHaveLength(0);
  });
  it('says that all rows have a licence already, and imports nothing', async () => {
    api((args) => ({ ...right(args), existing: args.rows.map((row) => row.row) }));
    await review('email;hwid;plan\na@example.com;HW-1;premium\n');
    expect(text()).toContain('Toutes les lignes valides ont déjà une licence en cours');
    expect(button(/^Importer$/)?.disabled).toBe(true);
  });
  it('never calls a file right whose quote swallows rows: the line is wrong, the others are imported', async () => {
    const calls = api();
    await review(
      'email,hwid,plan,notes\na@b.fr,HW-1,premium,"VIP" x\nc@b.fr,HW-2,premium,ok\nd@b.fr,HW-3,starter,"y"\n',
    );
    expect(text()).not.toContain('Toutes les lignes sont valides');
    expect(document.querySelector('table tbody tr')?.textContent).toMatch(/2.*Ligne entière.*guillemet isolé/);
    await press('Importer 2 licences');
    const written = calls.map((call) => call.body as ImportArguments).find((body) => body?.dry_run === false);
    expect(written?.rows.map((row) => row.row)).toEqual([3, 4]);
  });
  it('warns of numbers that a spreadsheet may have shortened', async () => {
    api();
    await review('email;hwid;plan\na@b.fr;0012345678;premium\nc@b.fr;0012345679;premium\nd@b.fr;12345;premium\n');
    expect(text()).toMatch(/À vérifier avant l’import.*zéros du début.*Ligne 4\./s);
    expect(button('Importer 3 licences')).toBeDefined();
  });
  it('does not warn of a number that is refused', async () => {
    api((args) => ({
      ...right(args),
      errors: [{ row: 4, column: 'hwid', value: '12345', reason: 'spoiled_hwid' }],
    }));
    await review('email;hwid;plan\na@b.fr;0012345678;premium\nc@b.fr;0012345679;premium\nd@b.fr;12345;premium\n');
    expect(text()).toContain('HWID abîmé par un tableur');
    expect(text()).not.toContain('À vérifier avant l’import');
  });
  it('tells a year of two digits from a day that is too far away', async () => {
    const wrong = (row: number, value: string, reason: string) => ({ row, column: 'expires_at', value, reason });
    api((args) => ({
      ...right(args),
      errors: [wrong(2, '31/12/27', 'two_digit_year'), wrong(3, '31/12/2099', 'date_too_far')],
    }));
    await review('email;hwid;plan;fin\na@b.fr;HW-1;premium;31/12/27\nc@b.fr;HW-2;premium;31/12/2099\n');
    expect(text()).toMatch(/31\/12\/27Expiration année à écrire sur 4 chiffres/);
    expect(text()).toMatch(/31\/12\/2099Expiration date trop lointaine/);
  });
  it('says that a header came again', async () => {
    api();
    await mountApp(ImportPage, { path: '/imports' });
    await choose('\ufeffemail;hwid;plan\na@b.fr;HW-1;premium\n\ufeffemail;hwid;plan\nc@b.fr;HW-2;premium\n');
    expect(text()).toMatch(/Les noms des colonnes reviennent plus bas.*Ligne 3/s);
  });
  it('takes the first line for a licence where no line names the columns, unless told otherwise', async () => {
    const calls = api();
    await mountApp(ImportPage, { path: '/imports' });
    await choose('a@example.com;HW-1;premium\nc@example.com;HW-3;starter\n');
    await until(() => expect(text()).toContain('Ce fichier ne nomme pas ses colonnes'));
    expect(text()).toMatch(/Colonne 1.*Colonne 2.*Colonne 3/s);
    expect(text()).toContain('2 lignes ·');
    expect(await axeViolations()).toEqual([]);
    const box = () => document.querySelector<HTMLElement>('[role="checkbox"]')!;
    box().click();
    await until(() => expect(text()).toContain('1 ligne ·'));
    box().click();
    await until(() => expect(text()).toContain('2 lignes ·'));
    await press('Contrôler les lignes');
    const sent = calls.find((call) => call.route === IMPORT)?.body as ImportArguments;
    expect(sent.rows).toEqual([
      { row: 1, email: 'a@example.com', hwid: 'HW-1', plan: 'premium' },
      { row: 2, email: 'c@example.com', hwid: 'HW-3', plan: 'starter' },
    ]);
  });
  it('says what stands above the names of the columns, and which of two with one name is left out', async () => {
    api();
    await review('Clients 2026;;;\n\nemail;hwid;plan;HWID\na@example.com;HW-1;premium;HW-X\nbad;HW-2;premium;HW-Y\n');
    expect(text()).toContain('« HWID » : la colonne 2 est importée, la colonne 4 ne l’est pas.');
    expect(document.querySelector('table tbody tr')?.textContent).toMatch(/^5.*adresse e-mail invalide/);
    await press('Retour aux colonnes');
    expect(text()).toContain('2 lignes au-dessus des en-têtes sont ignorées');
    expect(text()).toContain('« HWID » : la colonne 2 est importée, la colonne 4 ne l’est pas.');
  });
  it('asks for the required columns', async () => {
    api();
    await mountApp(ImportPage, { path: '/imports' });
    await choose('nom;ville\na;b\n');
    expect(text()).toContain('Il manque les colonnes obligatoires : E-mail, HWID, Plan');
    expect(button('Contrôler les lignes')?.disabled).toBe(true);
  });
  it.each([
    ['', 'le fichier est vide'],
    ['email;hwid;plan\n', 'aucune ligne sous les noms'],
    ['PK\u0003\u0004\u0000', 'classeur de tableur'],
    ['a\u0000b\u0001', 'pas un fichier texte'],
  ])('refuses %j: %s', async (content, message) => {
    api();
    await mountApp(ImportPage, { path: '/imports' });
    await choose(content);
    expect(document.querySelector('[role="alert"]')?.textContent).toContain(message);
  });
  it('undoes a recent import after asking, and says why when it cannot', async () => {
    const calls = api(
      right,
      () => new ApiFailure(409, { code: 'PT409', hint: 'import_in_use', message: 'no', details: null }),
    );
    await mountApp(ImportPage, { path: '/imports' });
    await press('Annuler l’import');
    await until(() => expect(text()).toContain('Les 12 licences créées seront supprimées'));
    expect(calls.some((call) => call.route === UNDO)).toBe(false);
    await press('Supprimer ces licences');
    expect(calls.find((call) => call.route === UNDO)?.body).toEqual({ import_id: 'import-0' });
    expect(document.querySelector('[role="dialog"] [role="alert"]')?.textContent).toContain('ont déjà servi');
  });
  it('has no accessibility failure', async () => {
    api();
    await mountApp(ImportPage, { path: '/imports' });
    expect(await axeViolations()).toEqual([]);
    await choose();
    expect(await axeViolations()).toEqual([]);
  });
});
