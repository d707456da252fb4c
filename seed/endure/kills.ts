import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Home, startHome } from '@whatautosys/local';
import postgres, { type Sql } from 'postgres';
import { until } from './until.ts';

export interface KillOptions {
  portBase: number;
  /** Backends killed one after the other, then the server itself as often. */
  kills: number;
}

interface Created {
  id: string;
  license_key: string;
  hwid: string;
}

const writers = 6;

/**
 * SIGKILL for PostgreSQL's processes while licences are made and checked. What was answered must be there
 * afterwards, the chain of the audit whole, and the API answering again by itself.
 */
export async function surviveKills({ portBase, kills }: KillOptions): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'endure-'));
  const start = () => startHome({ portBase, dataDir, console: false, studio: false, seed: false, quiet: true });
  let home = await start();
  // All clients here have one address.
  await home.sql`update public.settings set value = '1000000' where key = 'license_check_per_minute'`;
  const created: Created[] = [];
  let checks = 0;
  try {
    for (let round = 0; round < kills; round += 1) checks += await work(home, created, async () => killBackend(home));
    await prove(home, created);
    for (let round = 0; round < kills; round += 1) {
      checks += await work(home, created, async () => killServer(dataDir));
      // Its connections are gone with the server; what cannot be closed is closed already.
      await home.stop().catch(() => undefined);
      home = await start();
      await prove(home, created);
    }
  } finally {
    await home.stop().catch(() => undefined);
    rmSync(dataDir, { recursive: true, force: true });
  }
  return `${kills} backends and ${kills} servers killed; ${created.length} licences kept, ${checks} checks answered`;
}

/** Makes and checks licences from several connections, and kills in the middle of it. → checks answered */
async function work(home: Home, created: Created[], kill: () => Promise<void>): Promise<number> {
  const sql = postgres(home.config.db.url, { max: writers, onnotice: () => undefined });
  let isOver = false;
  let checks = 0;
  const loops = Array.from({ length: writers }, async (_, writer) => {
    for (let turn = 0; !isOver; turn += 1) {
      try {
        const license = await createLicense(sql, `${writer}-${turn}`);
        created.push(license);
        if (await isValid(home, license)) checks += 1;
      } catch {
        // A killed connection: its answer never came, so nothing was promised.
        await sleep(50);
      }
    }
  });
  await sleep(1_500);
  await kill();
  await sleep(1_500);
  isOver = true;
  await Promise.all(loops);
  await sql.end({ timeout: 1 });
  return checks;
}

async function createLicense(sql: Sql, name: string): Promise<Created> {
  const hwid = `HWID-${crypto.randomUUID()}`;
  const email = `endure-${name}-${crypto.randomUUID()}@example.test`;
  const [row] = await sql<[{ license: { id: string; license_key: string } }]>`
    select public.create_license(${email}, ${hwid}, 'premium', send_email => false) as license`;
  return { ...row.license, hwid };
}

async function isValid({ config }: Home, { license_key, hwid }: Created): Promise<boolean> {
  const response = await fetch(`${config.urls.api}/functions/v1/license-check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ license_key, hwid }),
  });
  return response.ok && ((await response.json()) as { valid: boolean }).valid;
}

async function killBackend({ sql }: Home): Promise<void> {
  const [backend] = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid() order by random() limit 1`;
  process.kill(backend!.pid, 'SIGKILL');
}

async function killServer(dataDir: string): Promise<void> {
  const pid = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGKILL');
}

/** Every licence that was answered is there, each with its event; the chain holds; a check is answered. */
async function prove(home: Home, created: Created[]): Promise<void> {
  const { sql } = home;
  await until('the database answers', async () => (await sql`select 1`).length === 1);
  const ids = created.map(({ id }) => id);
  const [kept] = await sql<[{ licenses: number; chain: { ok: boolean } }]>`
    select (select count(*)::int from public.licenses where id = any(${ids}::uuid[])) as licenses,
      private.audit_verify() as chain`;
  if (kept.licenses !== created.length)
    throw new Error(`${created.length - kept.licenses} of ${created.length} licences that were answered are gone`);
  if (!kept.chain.ok) throw new Error(`The chain of the audit is broken: ${JSON.stringify(kept.chain)}`);
  const last = created.at(-1);
  if (last) await until('a check is answered', () => isValid(home, last));
}
