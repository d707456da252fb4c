import { randomUUID } from 'node:crypto';
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

const run = (rows: unknown, options?: ImportOptions) => runImport(db, admin, rows, newFile(), options);
const valid = { mode: 'valid_rows' };

describe('a hardware identifier in a file', () => {
  it.each([
    ['1,23457E+15', 'spoiled_hwid'],
    ['1.23E+15', 'spoiled_hwid'],
    ['-1.5e-7', 'spoiled_hwid'],
    ['#N/A', 'spoiled_hwid'],
    ['#REF!', 'spoiled_hwid'],
    ['#NUM!', 'spoiled_hwid'],
    ['#NOMBRE!', 'spoiled_hwid'],
    ['#DIV/0!', 'spoiled_hwid'],
    ['#NOM?', 'spoiled_hwid'],
    ['########', 'spoiled_hwid'],
    ["'0012345678", 'spoiled_hwid'],
    ['="0012345678"', 'spoiled_hwid'],
    ['123456789012345000', 'spoiled_hwid'],
    ['15/02/2027', 'spoiled_hwid'],
    ['2/15/2027', 'spoiled_hwid'],
    ['15/02/27', 'spoiled_hwid'],
    ['15.02.2027', 'spoiled_hwid'],
    ['2027-02-15', 'spoiled_hwid'],
    ['2027-02-15 00:00:00', 'spoiled_hwid'],
    ['02/2027', 'spoiled_hwid'],
    ['fev-27', 'spoiled_hwid'],
    ['févr-27', 'spoiled_hwid'],
    ['FÉVR.-27', 'spoiled_hwid'],
    ['27-févr', 'spoiled_hwid'],
    ['feb-27', 'spoiled_hwid'],
    ['Sept-27', 'spoiled_hwid'],
    ['15-août-2027', 'spoiled_hwid'],
    ['“févr-27”', 'spoiled_hwid'],
    ['46CF••••BE2F', 'masked_hwid'],
  ])('%s is told as %s, and the rows beside it go in', async (hwid, reason) => {
    expect(await run([good(2), good(3, { hwid }), good(4)], valid)).toMatchObject({
      created: 2,
      errors: [{ row: 3, column: 'hwid', value: hwid, reason }],
    });
  });

  it.each([
    '12E4AB90',
    '0012345678',
    '00:1A:2B:3C:4D:5E',
    '1E5-77',
    '#AB12',
    '12345678901234567',
    '-HW12345',
    '2-27',
    '13/2027',
    '2027-13-15',
    'DECK-27',
    'PC-FEV-27',
    '42-0215-2027',
  ])('%s is one', async (hwid) => {
    expect(await run([good(2, { hwid })])).toMatchObject({ created: 1, errors: [] });
  });

  it.each(['“', '”', '„', '"', '«', '»', '‹', '‘', '’'])('between quotes as %s is the one without', async (open) => {
    const row = good(2);
    const quoted = { ...row, row: 3, hwid: `${open} ${row.hwid} ${open}` };
    expect(await run([row, quoted], valid)).toMatchObject({
      created: 1,
      errors: [{ row: 3, column: 'hwid', value: quoted.hwid, reason: 'duplicate_in_file' }],
    });
  });

  it.each(['\r\r\n', '\n', '\t', '\u00a0', '\ufeff', '\u200b', '\u2028'])(
    'ending in %j is the one without it',
    async (ending) => {
      const row = good(2);
      expect(
        await run(
          [
            { ...row, hwid: row.hwid + ending, email: ` \ufeff${row.email}\u200b` },
            { ...row, row: 3 },
          ],
          valid,
        ),
      ).toMatchObject({ created: 1, errors: [{ row: 3, column: 'hwid', reason: 'duplicate_in_file' }] });
    },
  );
});

describe('a day in a file', () => {
  it.each([
    ['2031-01-31', '2031-01-31T22:59:59.000Z'],
    ['31/01/2031', '2031-01-31T22:59:59.000Z'],
    ['31-01-2031', '2031-01-31T22:59:59.000Z'],
    ['31.01.2031', '2031-01-31T22:59:59.000Z'],
    ['1/7/2031', '2031-07-01T21:59:59.000Z'],
    ['2031/07/01', '2031-07-01T21:59:59.000Z'],
    ['01/07/2031\u00a0', '2031-07-01T21:59:59.000Z'],
    ['31/01/2031 00:00', '2031-01-31T22:59:59.000Z'],
    ['2031-01-31 00:00:00', '2031-01-31T22:59:59.000Z'],
    ['31/01/2031 14:30', '2031-01-31T13:30:00.000Z'],
    ['2031-07-01T14:30:15', '2031-07-01T12:30:15.000Z'],
    ['2031-07-01T14:30:15Z', '2031-07-01T14:30:15.000Z'],
    ['2031-07-01T00:00:00+05:30', '2031-06-30T18:30:00.000Z'],
  ])('%s is %s', async (expires_at, instant) => {
    const { import_id } = await run([good(2, { expires_at })]);
    const [row] = await db.sql`select expires_at from public.licenses where import_id = ${import_id}`;
    expect(row!['expires_at'].toISOString()).toBe(instant);
  });

  it.each([
    ['2031-02-15T00:00:00+99:00', 'invalid_date'],
    ['2031-02-15T10:00:00+25:00', 'invalid_date'],
    ['2031-02-15T10:00:00+05:99', 'invalid_date'],
    ['2031-02-15T25:00', 'invalid_date'],
    ['2031-02-15 10:61', 'invalid_date'],
    ['31/02/2031', 'invalid_date'],
    ['12/31/2031', 'invalid_date'],
    ['31/12/31', 'two_digit_year'],
    ['1-2-31 10:00', 'two_digit_year'],
    ['31/12/2099', 'date_too_far'],
    ['0000-00-00', 'invalid_date'],
    ['31/01-2031', 'invalid_date'],
    ['infinity', 'invalid_date'],
    ['47849', 'serial_date'],
    ['47849,5', 'serial_date'],
  ])('%s is told as %s, and the rows beside it go in', async (expires_at, reason) => {
    expect(await run([good(2), good(3, { expires_at }), good(4)], valid)).toMatchObject({
      created: 2,
      errors: [{ row: 3, column: 'expires_at', value: expires_at, reason }],
    });
  });

  it.each(['Asia/Tokyo', 'America/Los_Angeles', 'Pacific/Auckland'])(
    'ends in %s, and is read back there',
    async (zone) => {
      const [row] =
        await db.sql`select (private.try_timestamptz('15/02/2031', ${zone}) at time zone ${zone})::text as at`;
      expect(row!['at']).toBe('2031-02-15 23:59:59');
    },
  );
});

describe('rows that have a living licence', () => {
  const rows = () => [good(2), good(3), good(4)];
  const tell = ({ created, skipped, existing }: { created: number; skipped: number; existing: number[] }) => ({
    created,
    skipped,
    existing,
  });

  it('are told by a dry run and skipped when the corrected file comes', async () => {
    const [one, two, three] = rows();
    expect(await run([one, { ...two, email: 'oops' }, three], valid)).toMatchObject({ created: 2, existing: [] });
    const file = newFile();
    expect(tell(await runImport(db, admin, [one, two, three], file, { dryRun: true }))).toEqual({
      created: 1,
      skipped: 0,
      existing: [2, 4],
    });
    expect(tell(await runImport(db, admin, [one, two, three], file))).toEqual({
      created: 1,
      skipped: 0,
      existing: [2, 4],
    });
    expect(tell(await runImport(db, admin, [one, two, three], file))).toEqual({
      created: 0,
      skipped: 1,
      existing: [2, 4],
    });
  });

  it('are created again when asked for, and once', async () => {
    const [one] = rows();
    await run([one]);
    const file = newFile();
    const again = { existing: 'create' };
    expect(tell(await runImport(db, admin, [one], file, again))).toEqual({ created: 1, skipped: 0, existing: [2] });
    expect(tell(await runImport(db, admin, [one], file, again))).toEqual({ created: 0, skipped: 1, existing: [] });
  });

  it('are known in other case of e-mail, plan and GUID', async () => {
    const guid = randomUUID();
    const [one] = rows();
    await run([{ ...one, hwid: guid }]);
    const other = { ...one, email: one!.email.toUpperCase(), plan: 'PREMIUM', hwid: `{${guid.toUpperCase()}}\r\n` };
    expect(tell(await run([other], { dryRun: true }))).toEqual({ created: 0, skipped: 0, existing: [2] });
  });

  it.each([
    ['another plan', { plan: 'starter' }],
    ['another machine', { hwid: 'ANOTHER-MACHINE' }],
    ['another customer', { email: 'another@example.com' }],
  ])('are not those of %s', async (_, other) => {
    const [one] = rows();
    await run([one]);
    expect(tell(await run([{ ...one, ...other }], { dryRun: true }))).toEqual({ created: 1, skipped: 0, existing: [] });
  });

  it.each([
    "revoked_at = now(), revoked_reason = 'x'",
    'deleted_at = now()',
    "issued_at = now() - interval '90 days', expires_at = now() - interval '60 days'",
  ])('are not those whose licence has %s', async (change) => {
    const [one] = rows();
    const { import_id } = await run([one]);
    await db.sql`update public.licenses set ${db.sql.unsafe(change)} where import_id = ${import_id}`;
    expect(await run([one])).toMatchObject({ created: 1, existing: [] });
  });

  it('from two windows at once are created once, whichever file they stand in', async () => {
    const shared = rows();
    const results = await Promise.all([run(shared), run(shared)]);
    expect(results.map(({ created }) => created).sort()).toEqual([0, 3]);
  });

  it('want to be told what to do with in a word that is known', async () => {
    await expect(run(rows(), { existing: 'replace' })).rejects.toMatchObject({ hint: 'invalid_argument' });
  });
});
