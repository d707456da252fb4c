import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call } from './tickets.ts';

let db: TestDatabase;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
});
afterAll(() => db.drop());

const HWID = 'HWID-12345678';
/** A check-in, and then time goes by. */
async function checkIn(license: { id: string; license_key: string }, version: string | null, days = 1) {
  await db.sql`select private.check_license(${license.license_key}, ${HWID}, ${version})`;
  await db.sql`update public.licenses set last_check_in = last_check_in - make_interval(days => ${days})
    where id = ${license.id}`;
  await db.sql`update private.license_versions set first_seen_at = first_seen_at - make_interval(days => ${days}),
    last_seen_at = last_seen_at - make_interval(days => ${days}) where license_id = ${license.id}`;
}
const versions = async ({ id }: { id: string }) => {
  const { versions: seen } = await call(db, viewer, 'get_license', { license_id: id });
  const daysAgo = (at: string) => Math.round((Date.now() - Date.parse(at)) / 86_400_000);
  return seen.map(({ version, first_seen_at, last_seen_at }) => [
    version,
    daysAgo(first_seen_at),
    daysAgo(last_seen_at),
  ]);
};

it('a licence has the versions it was seen with, each from its first check-in to its last', async () => {
  const license = await createLicense(db.sql);
  expect(await versions(license)).toEqual([]);
  await checkIn(license, '1.4.0');
  await checkIn(license, '1.4.0');
  await checkIn(license, '1.4.1');
  // One that says none changes nothing.
  await checkIn(license, null);
  expect(await versions(license)).toEqual([
    ['1.4.1', 2, 1],
    ['1.4.0', 4, 3],
  ]);
});

it('a version that comes back goes on, and is there once', async () => {
  const license = await createLicense(db.sql);
  for (const version of ['1.4.0', '1.4.1', '1.4.0']) await checkIn(license, version);
  expect(await versions(license)).toEqual([
    ['1.4.0', 3, 1],
    ['1.4.1', 2, 2],
  ]);
});

it('a client that says another version each time keeps 50', async () => {
  const license = await createLicense(db.sql);
  for (let patch = 1; patch <= 53; patch += 1) await checkIn(license, `9.0.${patch}`);
  const seen = await versions(license);
  expect(seen).toHaveLength(50);
  expect(seen.at(0)?.[0]).toBe('9.0.53');
  expect(seen.at(-1)?.[0]).toBe('9.0.4');
});
