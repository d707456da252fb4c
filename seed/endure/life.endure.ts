import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import ws from 'ws';
import { type Home, startHome } from '@whatautosys/local';

const portBase = 22_000;
let dataDir: string;
let home: Home;
const strays: unknown[] = [];
const onStray = (error: unknown) => void strays.push(error);

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'home-life-'));
  home = await startHome({ portBase, dataDir, console: false, seed: false, quiet: true });
  await home.sql`create table public.kept (id int primary key)`;
  await home.sql`alter publication supabase_realtime add table public.kept`;
  await home.sql`grant select on public.kept to service_role`;
}, 120_000);
afterAll(async () => {
  await home?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);
beforeEach(() => {
  strays.length = 0;
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
});
afterEach(() => void process.off('uncaughtException', onStray).off('unhandledRejection', onStray));

const soon = { timeout: 10_000, interval: 50 };
const newClient = () =>
  createClient(home.config.urls.api, home.keys.secret, {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { transport: ws as never },
  });
/** Whether each of the roads to the database leads there again. */
const roads: Record<string, () => Promise<unknown>> = {
  // A reservation that outlived its connection must not be handed out again, nor touch what somebody else was given.
  'a reserved connection': async () => {
    const reserved = await home.sql.reserve();
    const [row] = await reserved<[{ pid: number }]>`select pg_backend_pid() as pid`;
    reserved.release();
    if (!row.pid) throw new Error('nobody');
  },
  'the pool of the home': () => home.sql`select 1`,
  REST: async () => {
    const { error } = await newClient().from('kept').select('id');
    if (error) throw new Error(error.message);
  },
  Auth: async () => {
    const { error } = await newClient().auth.admin.listUsers();
    if (error) throw error;
  },
  'a function': async () => {
    const response = await fetch(`${home.config.urls.api}/functions/v1/health`);
    if (!response.ok) throw new Error(await response.text());
  },
};
const lead = async () => {
  for (const [name, go] of Object.entries(roads))
    await expect.poll(() => go().then(() => 'leads', String), { ...soon, message: name }).toBe('leads');
};

async function backends(name = '%'): Promise<number[]> {
  const rows = await home.sql<{ pid: number }[]>`select pid from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name like ${name}`;
  return rows.map(({ pid }) => pid);
}

test('a killed backend costs what it was doing, in the middle of a transaction too', async () => {
  const before = home.processes().postgres;
  const outcome = home.sql
    .begin(async (tx) => {
      const [row] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`;
      process.kill(row.pid, 'SIGKILL');
      // One write after the other, into a connection that goes and is gone.
      for (let id = 0; id < 1_000; id += 1) {
        await tx`select ${id}`.catch(() => undefined);
        await new Promise(setImmediate);
      }
    })
    .then(
      () => 'committed',
      () => 'failed',
    );
  expect(await outcome).toBe('failed');
  await lead();
  expect(home.processes().postgres).toBe(before);
  expect(strays).toEqual([]);
}, 60_000);

test('what goes on after its connection went reaches no other: a reservation, a transaction', async () => {
  const reserved = await home.sql.reserve();
  const [row] = await reserved<[{ pid: number }]>`select pg_backend_pid() as pid`;
  process.kill(row.pid, 'SIGKILL');
  await lead();
  await expect(reserved`select 1`).rejects.toMatchObject({ code: expect.stringMatching(/^CONNECTION_/) as string });
  reserved.release();

  let goOn: () => void = () => undefined;
  const wait = new Promise<void>((resolve) => (goOn = resolve));
  let later: Promise<string> | undefined;
  const transaction = home.sql.begin(async (tx) => {
    const [own] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`;
    process.kill(own.pid, 'SIGKILL');
    await wait;
    later = tx`select 1`.then(
      () => 'ran elsewhere',
      (error: { code: string }) => error.code,
    );
    await later;
  });
  await expect(transaction).rejects.toThrow();
  await lead();
  goOn();
  await expect.poll(() => later).toMatch(/^CONNECTION_/);
  await Promise.all(Array.from({ length: 40 }, () => home.sql`select 1`));
  expect(strays).toEqual([]);
}, 60_000);

test('a killed server is started again on its port and data; every part finds it', async () => {
  const heard: number[] = [];
  const client = newClient();
  const channel = client
    .channel('kept')
    .on(
      'postgres_changes',
      { event: 'INSERT', schema: 'public', table: 'kept' },
      (change) => void heard.push((change.new as { id: number }).id),
    );
  await new Promise<void>((resolve) => channel.subscribe((status) => status === 'SUBSCRIBED' && resolve()));
  const before = home.processes().postgres;
  await home.sql`insert into public.kept values (1)`;
  process.kill(before, 'SIGKILL');
  await expect.poll(() => home.processes().postgres, soon).not.toBe(before);
  await lead();
  expect(await home.sql`select id from public.kept`).toMatchObject([{ id: 1 }]);

  // Realtime and the scheduler hear of what is new.
  let last = 1;
  await expect
    .poll(async () => {
      last += 1;
      await home.sql`insert into public.kept values (${last})`;
      return heard.some((one) => one > 1);
    }, soon)
    .toBe(true);
  await expect
    .poll(async () => (await home.sql`select net.http_get(${home.config.urls.mailbox}) as id`).length, soon)
    .toBe(1);
  await expect
    .poll(async () => (await home.sql`select from net._http_response where status_code = 200`).length, soon)
    .toBeGreaterThan(0);
  const job = 'insert into public.kept values (-1) on conflict do nothing';
  await home.sql`select cron.schedule('at once', '1 second', ${job})`;
  await expect.poll(async () => (await home.sql`select from public.kept where id = -1`).length, soon).toBe(1);
  await home.sql`select cron.unschedule('at once')`;
  await client.removeAllChannels();
  expect(strays).toEqual([]);
}, 90_000);

test('backends killed all at once, again and again, end nothing', async () => {
  for (let round = 0; round < 3; round += 1) {
    await lead();
    for (const pid of await backends()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // The first one killed ends the others.
      }
    }
  }
  await lead();
  expect(strays).toEqual([]);
}, 90_000);
