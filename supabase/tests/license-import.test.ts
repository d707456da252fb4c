import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { good, type ImportOptions, newFile, runImport } from './imports.ts';

let db: TestDatabase;
let admin: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());

const run = (rows: unknown, file: string | null, options?: ImportOptions) => runImport(db, admin, rows, file, options);
const count = async () =>
  Number((await db.sql`select count(*) from public.licenses where deleted_at is null`)[0]!.count);

describe('import_licenses()', () => {
  it.each([
    ['clients.csv', 'clients.csv'],
    ['C:\\fakepath\\clients.csv', 'clients.csv'],
    ['/home/lea/revendeurs 2026.csv', 'revendeurs 2026.csv'],
    ['a\u0007b\n.csv', 'ab.csv'],
    ['  ', null],
    [undefined, null],
  ])('keeps the name of the file %j as %j, from the first call that writes', async (name, kept) => {
    const file = newFile();
    const named = { name, mode: 'valid_rows' } as { name: string; mode: string };
    expect(await run([good(2)], file, { ...named, dryRun: true })).toMatchObject({ import_id: null });
    const { import_id } = await run([good(2)], file, named);
    const [row] = await db.sql`select file_name from public.license_imports where id = ${import_id}`;
    expect(row).toEqual({ file_name: kept });
    if (kept === null) return;
    await run([good(3)], file, { ...named, name: 'renamed.csv' });
    expect((await db.sql`select file_name from public.license_imports where id = ${import_id}`)[0]).toEqual({
      file_name: kept,
    });
  });

  it('refuses the name of a file longer than 255 characters and creates nothing', async () => {
    const before = await count();
    await expect(run([good(2)], newFile(), { name: `${'x'.repeat(252)}.csv` })).rejects.toMatchObject({
      hint: 'invalid_argument',
    });
    expect(await count()).toBe(before);
  });

  it('its licences are found by the import, until it is undone', async () => {
    const second = good(2);
    const { import_id } = await run([second, good(3)], newFile());
    const [found] = await db.as(
      admin,
      (sql) =>
        sql`select public.search_licenses(import_id => ${import_id}) as page,
          public.search_licenses(query => ${second.email}, import_id => ${import_id}) as part`,
    );
    expect(found).toMatchObject({ page: { total: 2 }, part: { total: 1 } });
    await db.as(admin, (sql) => sql`select public.undo_import(${import_id})`);
    expect(
      (await db.as(admin, (sql) => sql`select public.search_licenses(import_id => ${import_id}) as page`))[0],
    ).toMatchObject({ page: { total: 0, rows: [] } });
  });

  it('creates every licence with customer, secret, event and mail', async () => {
    const file = newFile();
    const result = await run(
      [
        good(2),
        good(3, { email: 'UPPER@Example.com', plan: ' Starter ', notes: 'Parrainage', expires_at: '2031-05-01' }),
      ],
      file,
    );
    expect(result).toMatchObject({ created: 2, skipped: 0, errors: [] });
    const rows = await db.sql`select licenses.*,
        (select count(*) from public.events
          where license_id = licenses.id and event_type = 'license_created') as events,
        (select count(*) from public.email_outbox where license_id = licenses.id) as mails,
        (select count(*) from private.license_secrets where license_id = licenses.id) as secrets
      from public.licenses where import_id = ${result.import_id} order by import_row`;
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({
      email: 'upper@example.com',
      plan: 'starter',
      notes: 'Parrainage',
      events: 1,
      mails: 1,
      secrets: 1,
      created_by: admin.userId,
    });
    expect(rows[1]!.expires_at.toISOString()).toBe('2031-05-01T21:59:59.000Z');
  });

  it('all_or_nothing creates nothing when one row is wrong', async () => {
    const before = await count();
    const result = await run([good(2), good(3, { email: 'nobody' })], newFile());
    expect(result).toMatchObject({
      import_id: null,
      created: 0,
      errors: [{ row: 3, column: 'email', value: 'nobody', reason: 'invalid_email' }],
    });
    expect(await count()).toBe(before);
  });

  it('valid_rows creates the right ones', async () => {
    expect(await run([good(2), good(3, { plan: 'gold' }), good(4)], newFile(), { mode: 'valid_rows' })).toMatchObject({
      created: 2,
      errors: [{ row: 3, column: 'plan', reason: 'unknown_plan' }],
    });
  });

  it('dry_run says what would be and writes nothing', async () => {
    const before = await count();
    expect(await run([good(2), good(3, { hwid: '' })], newFile(), { dryRun: true })).toMatchObject({
      import_id: null,
      created: 1,
      errors: [{ row: 3, column: 'hwid', reason: 'required' }],
    });
    expect(await count()).toBe(before);
  });

  it('a repeat of the same file creates nothing; mended rows of it are added', async () => {
    const file = newFile();
    const [one, two] = [good(2), good(3)];
    const first = await run([one, { ...two, email: 'oops' }], file, { mode: 'valid_rows' });
    expect(first.created).toBe(1);
    expect(await run([one, { ...two, email: 'oops' }], file, { mode: 'valid_rows' })).toMatchObject({
      created: 0,
      skipped: 1,
      import_id: first.import_id,
    });
    expect(await run([one, two], file, { mode: 'valid_rows' })).toMatchObject({
      created: 1,
      skipped: 1,
      import_id: first.import_id,
    });
  });

  it('the same file from two windows at once creates each row once', async () => {
    const file = newFile();
    const rows = Array.from({ length: 50 }, (_, index) => good(index + 2));
    const results = await Promise.all([run(rows, file), run(rows, file)]);
    expect(results.map(({ created }) => created).sort()).toEqual([0, 50]);
    expect(results[0]!.import_id ?? results[1]!.import_id).toBeTruthy();
  });

  it.each([
    [{ email: '' }, 'email', 'required'],
    [{ email: null }, 'email', 'required'],
    [{ email: 'a b@example.com' }, 'email', 'invalid_email'],
    [{ email: `${'x'.repeat(300)}@example.com` }, 'email', 'too_long'],
    [{ email: 5 }, 'email', 'wrong_type'],
    [{ hwid: 'abc' }, 'hwid', 'invalid_hwid'],
    [{ hwid: 'x'.repeat(201) }, 'hwid', 'too_long'],
    [{ hwid: ['x'] }, 'hwid', 'wrong_type'],
    [{ plan: '' }, 'plan', 'required'],
    [{ plan: "x'; drop table licenses; --" }, 'plan', 'unknown_plan'],
    [{ expires_at: 'demain' }, 'expires_at', 'invalid_date'],
    [{ expires_at: '2026-02-31' }, 'expires_at', 'invalid_date'],
    [{ expires_at: '2020-01-01' }, 'expires_at', 'date_in_past'],
    [{ expires_at: '9999-12-31' }, 'expires_at', 'date_too_far'],
    [{ expires_at: 20260101 }, 'expires_at', 'wrong_type'],
    [{ notes: 'x'.repeat(5001) }, 'notes', 'too_long'],
    [{ row: -1 }, 'row', 'invalid_row'],
    [{ row: 'two' }, 'row', 'invalid_row'],
  ])('reports %j as %s %s', async (cell, column, reason) => {
    const { errors, created } = await run([good(2, cell)], newFile());
    expect(created).toBe(0);
    expect(errors).toContainEqual(expect.objectContaining({ column, reason }));
    expect(errors[0]!.value?.length ?? 0).toBeLessThanOrEqual(200);
  });

  it('reads French dates and numeric hardware identifiers', async () => {
    const result = await run([good(2, { expires_at: '01/05/2031', hwid: 12345678 })], newFile());
    const [row] = await db.sql`select expires_at, hwid_hint from public.licenses where import_id = ${result.import_id}`;
    expect(row).toMatchObject({ hwid_hint: '12••••678' });
    expect(row!.expires_at.toISOString()).toBe('2031-05-01T21:59:59.000Z');
  });

  it('reports duplicates within the file and rows that are no objects', async () => {
    const twin = good(2);
    const { errors } = await run([twin, { ...twin, row: 3 }, 7, null, good(2)], newFile());
    expect(errors).toEqual([
      expect.objectContaining({ row: 3, column: 'hwid', reason: 'duplicate_in_file' }),
      expect.objectContaining({ row: 3, column: 'row', reason: 'invalid_row' }),
      expect.objectContaining({ row: 4, column: 'row', reason: 'invalid_row' }),
      expect.objectContaining({ row: 2, column: 'row', reason: 'invalid_row' }),
    ]);
  });

  it.each([
    [{ not: 'an array' }, newFile(), 'invalid_argument'],
    [[], 'not-a-hash', 'invalid_argument'],
    [[], null, 'invalid_argument'],
    [Array.from({ length: 5001 }, () => ({})), newFile(), 'import_too_large'],
  ])('refuses %#', async (rows, file, hint) => {
    await expect(run(rows, file)).rejects.toMatchObject({ code: '22023', hint });
  });

  it('refuses an unknown mode, and whoever may not import', async () => {
    await expect(run([], newFile(), { mode: 'everything' })).rejects.toMatchObject({ hint: 'invalid_argument' });
    for (const role of ['support', 'viewer'] as const) {
      const persona = await db.addStaff(role);
      await expect(runImport(db, persona, [good(2)], newFile())).rejects.toMatchObject({ code: '42501' });
    }
  });
});
