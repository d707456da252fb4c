import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

describe('the first migration', () => {
  const folder = fileURLToPath(new URL('../migrations/', import.meta.url));
  const [first] = readdirSync(folder).sort();
  const text = readFileSync(folder + first!, 'utf8');
  const guard = /^(?:--.*\n|\n)*(do \$\$[\s\S]*?\$\$;)/.exec(text)?.[1];

  it('begins by refusing a server older than 17, before anything is made', async () => {
    expect(guard).toContain("current_setting('server_version_num')");
    await expect(db.sql.unsafe(guard!)).resolves.toBeDefined();
    const on15 = guard!
      .replace("current_setting('server_version_num')", "'150008'")
      .replace("current_setting('server_version')", "'15.8'");
    await expect(db.sql.unsafe(on15)).rejects.toMatchObject({
      code: '0A000',
      message: 'PostgreSQL 17 or later is needed; this server is 15.8',
    });
  });
});

describe('private.set_secret()', () => {
  const kept = (name: string) => db.sql`select decrypted_secret from vault.decrypted_secrets where name = ${name}`;

  it('puts a secret into the vault, and replaces it the second time', async () => {
    await db.sql`select private.set_secret('project_url', 'https://one.example')`;
    expect(await kept('project_url')).toEqual([{ decrypted_secret: 'https://one.example' }]);
    await db.sql`select private.set_secret('project_url', 'https://two.example')`;
    expect(await kept('project_url')).toEqual([{ decrypted_secret: 'https://two.example' }]);
  });

  it.each([
    ['', 'value'],
    ['name', ' '],
    [null, 'value'],
    ['name', null],
  ])('refuses the name %j with the value %j', async (name, value) => {
    await expect(db.sql`select private.set_secret(${name}, ${value})`).rejects.toMatchObject({ code: '22023' });
  });

  it('is for whoever deploys: not for staff', async () => {
    const admin = await db.addStaff('admin');
    await expect(db.as(admin, (sql) => sql`select private.set_secret('cron_secret', 'mine')`)).rejects.toMatchObject({
      code: '42501',
    });
    expect(await kept('cron_secret')).toEqual([]);
  });
});
