import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import ws from 'ws';
import { command } from './cli/testing.ts';
import { findProject } from './config.ts';
import { type Home, startHome } from './home.ts';

const files = {
  'config.toml': `project_id = "tiny"
[auth]
site_url = "http://127.0.0.1:5173"
[functions.hello]
verify_jwt = false
`,
  'migrations/20260101000000_create_notes.sql': `
    create schema private;
    create table private.applied_migrations (
      applied_at timestamptz not null default now(), version text not null, folder_hash text not null);
    create table public.notes (id int primary key, body text not null);
    alter table public.notes enable row level security;
    create policy notes_select on public.notes for select to anon using (true);
    grant select on public.notes to anon;
    insert into public.notes values (1, 'read me');`,
  'functions/hello/index.ts': `Deno.serve(() => new Response(Deno.env.get('SUPABASE_URL')));`,
};

const portBase = 23_440;
let folder: string;
let home: Home;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tiny-project-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  home = await startHome({ project: await findProject(folder), portBase, quiet: true });
}, 120_000);
afterAll(async () => {
  await home?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('another project has its own migrations, read through the API', async () => {
  const client = createClient(home.config.urls.api, home.keys.publishable, { realtime: { transport: ws as never } });
  expect((await client.from('notes').select()).data).toEqual([{ id: 1, body: 'read me' }]);
});

test('its functions run, from the folder where the CLI would look for them', async () => {
  const answer = await fetch(`${home.config.urls.api}/functions/v1/hello`);
  expect([answer.status, await answer.text()]).toEqual([200, home.config.urls.api]);
});

test('nothing of this repository’s product comes with it: no table, no secret, no stand-in, no account', async () => {
  const tables = await home.sql`select tablename from pg_tables where schemaname = 'public'`;
  expect(tables.map(({ tablename }) => tablename as string)).toEqual(['notes']);
  expect(await home.sql`select from vault.secrets`).toHaveLength(0);
  expect(home.accounts).toEqual([]);
  await expect(fetch(home.config.urls.stripe)).rejects.toThrow();
  await expect(fetch(home.config.urls.console)).rejects.toThrow();
});

test('its data lies beside it', () => {
  expect(home.config.dataDir).toBe(join(folder, '.local'));
});

test('a folder without config.toml is no project', async () => {
  await expect(findProject(join(folder, 'functions'))).rejects.toMatchObject({ code: 'NO_PROJECT' });
});

test('with an edited migration it is not started: reset is named, in one line', async () => {
  await home.stop();
  const [name] = Object.keys(files).filter((file) => file.endsWith('.sql'));
  writeFileSync(join(folder, name!), `${files[name as keyof typeof files]} -- edited`);
  const { code, output } = await command('start', { dataDir: join(folder, '.local'), portBase }, ['--project', folder])
    .ended;
  expect(code).toBe(1);
  expect(output.trim().split('\n').at(-1)).toBe(
    `The data in ${join(folder, '.local')} was made by an earlier version of the migrations. ` +
      'Begin afresh: npm run reset',
  );
});
