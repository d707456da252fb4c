import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import vectors from '../../docs/api/test-vectors.json' with { type: 'json' };
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';

const guid = '4C4C4544-0051-3110-8052-B4C04F4A3332';
let db: TestDatabase;
let admin: Persona;
let made: { id: string; license_key: string };
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  made = await create(` {${guid.toLowerCase()}}\r\n`);
});
afterAll(() => db.drop());

async function create(hwid: string) {
  const [row] = await db.as(
    admin,
    (sql) => sql`select public.create_license('paste@example.com', ${hwid}, 'premium', send_email => false) as license`,
  );
  return row!['license'] as typeof made;
}
const check = async (key: string, hwid = guid) =>
  (await db.sql`select code from private.check_license(${key}, ${hwid})`)[0]!['code'];
const found = async (query: string) => {
  const [row] = await db.as(
    admin,
    (sql) => sql`select public.search_licenses(${query}) as list, public.find_anything(${query}) as palette`,
  );
  const { list, palette } = row as unknown as {
    list: { rows: { id: string }[] };
    palette: { licenses: { id: string }[] };
  };
  return [list.rows, palette.licenses].map((rows) => rows.map(({ id }) => id));
};
const both = () => [[made.id], [made.id]];

const wide = (text: string) =>
  Array.from(text, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0)).join('');

describe('a licence key', () => {
  it.each<[string, (key: string) => string]>([
    ...['\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2212', '\u00ad-', '-\u200b', '\ufe63'].map(
      (hyphen): [string, (key: string) => string] => [
        `hyphens U+${hyphen.codePointAt(0)!.toString(16)}`,
        (key) => key.replaceAll('-', hyphen),
      ],
    ),
    ...['\u00a0', '\u202f', '\u2009', '\u3000', ' - '].map((blank): [string, (key: string) => string] => [
      `blanks ${JSON.stringify(blank)}`,
      (key) => key.replaceAll('-', blank),
    ]),
    ['zero-width characters all over', (key) => `\ufeff${Array.from(key).join('\u200b')}\u200d`],
    ['full-width letters', wide],
    ['lower case', (key) => key.toLowerCase()],
    ['quotes around it', (key) => `« ${key} »`],
    ['brackets around it', (key) => `[“${key}”]`],
    ['an end of line', (key) => `${key}\r\n`],
  ])('with %s is found, and valid', async (_, write) => {
    const key = write(made.license_key);
    expect(await check(key)).toBe('VALID');
    expect(await found(key)).toEqual(both());
    const [row] = await db.sql`select private.is_license_key(${key}) as is_one`;
    expect(row).toEqual({ is_one: true });
  });

  it('that is another stays another', async () => {
    const last = made.license_key.at(-1) === 'A' ? 'B' : 'A';
    expect(await check(`${made.license_key.slice(0, -1)}${last}`)).toBe('NOT_FOUND');
    expect(await check(made.license_key.slice(0, -1))).toBe('NOT_FOUND');
    expect(await check('')).toBe('NOT_FOUND');
  });

  it('is found by its last group, quoted or in lower case', async () => {
    expect(await found(` “${made.license_key.slice(-5).toLowerCase()}” `)).toEqual(both());
  });
});

describe('a hardware identifier', () => {
  it('is kept in its canonical form', async () => {
    const [row] = await db.as(admin, (sql) => sql`select public.get_license(${made.id}) ->> 'hwid' as hwid`);
    expect(row).toEqual({ hwid: guid });
  });

  it.each([
    ...['  \r\r\n', '\n', '\r', '\t', '\u00a0', '\ufeff', '\u200b', '\u0085', '\u2028'].map((ending) => guid + ending),
    `\ufeff${guid}`,
    guid.toLowerCase(),
    `{${guid}}`,
    `{${guid.toLowerCase()}}\r\n`,
    `(${guid})`,
    guid.replaceAll('-', '\u2011'),
    ...['“”', '""', '«»', '‹›', '‘’', '„“'].map(([open, close]) => `${open}${guid}${close}`),
    `« {${guid.toLowerCase()}} »`,
  ])('%j matches', async (hwid) => {
    expect(await check(made.license_key, hwid)).toBe('VALID');
    expect(await found(hwid)).toEqual(both());
    await expect(
      db.as(admin, (sql) => sql`select public.transfer_license(${made.id}, ${hwid}, 'x')`),
    ).rejects.toMatchObject({ hint: 'same_hwid' });
  });

  it.each([
    guid.replace('4C4C4544', '4C4C4545'),
    `{${guid}`,
    `${guid})`,
    `(${guid}}`,
    `“${guid}`,
    `'${guid}'`,
    guid.replaceAll('-', ''),
    guid.replace('-', '\n'),
  ])('%j does not', async (hwid) => {
    expect(await check(made.license_key, hwid)).toBe('HWID_MISMATCH');
  });

  it('that is no GUID keeps its case', async () => {
    const { license_key } = await create('Board-7F');
    expect(await check(license_key, 'Board-7F\r\n')).toBe('VALID');
    expect(await check(license_key, 'BOARD-7F')).toBe('HWID_MISMATCH');
  });

  it.each(Object.entries(vectors.hwids))('%j is that of all its spellings', async (canonical, spellings) => {
    const rows = await db.sql`
      with once as (select private.normalize_hwid(each) as hwid from unnest(${spellings}::text[]) as each)
      select hwid, private.normalize_hwid(hwid) as again from once`;
    expect(rows).toEqual(spellings.map(() => ({ hwid: canonical, again: canonical })));
  });

  it.each(['46CF••••BE2F', '\ufeff\u200babc', 'AB\nCD'])('%j is none to make a licence of', async (hwid) => {
    await expect(create(hwid)).rejects.toMatchObject({ hint: 'invalid_hwid' });
  });
});
