import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Home, startHome } from '@whatautosys/local';
import { functionSecrets } from '@whatautosys/local/function-secrets';
import { isValid, keepWorking, nothingYet, type Promised, proveKept } from './work.ts';
import { until } from './until.ts';

export interface KillOptions {
  portBase: number;
  /** Of each kind of process. */
  kills: number;
}

const backMilliseconds = 10_000;

/**
 * SIGKILL for every process of a home but its own, while it works. Each time all of it answers again by itself within
 * ten seconds, and what was answered is there, once.
 */
export async function surviveKills({ portBase, kills }: KillOptions): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'endure-'));
  const options = { console: 'production', studio: false, seed: false, quiet: true, ownProcess: true } as const;
  const home = await startHome({ portBase, dataDir, ...options });
  const secret = (functionSecrets(home.config, home.keys)['STRIPE_WEBHOOK_SECRET'] ?? '').split(',')[0] ?? '';
  // All clients here have one address.
  await home.sql`update public.settings set value = '1000000' where key = 'license_check_per_minute'`;
  const promised = nothingYet();
  const slowest: Record<string, number> = {};
  let last = { mails: 0, uncertain: 0 };
  try {
    let stop = keepWorking(home, secret, promised);
    await until('mails, events and checks are worked on', async () => {
      const { functions } = home.processes();
      return ['license-check', 'stripe-webhook', 'mail-dispatch'].every((name) => functions[name] !== undefined);
    });
    await until('a first licence is valid', () => isBack(home, promised));
    for (const name of ['backend', 'PostgreSQL', 'console', ...Object.keys(home.processes().functions)]) {
      let times = 0;
      for (; times < kills; times += 1) {
        await sleep(500);
        const pid = await findProcess(home, name);
        process.kill(pid, 'SIGKILL');
        const since = performance.now();
        await until(`all answers after ${name} was killed`, () => isBack(home, promised));
        slowest[name] = Math.max(slowest[name] ?? 0, performance.now() - since);
      }
      await stop();
      last = await proveKept(home, promised);
      console.log(`  ${name} killed ${times} times, back after ${Math.round(slowest[name] ?? 0)} ms at most`);
      stop = keepWorking(home, secret, promised);
    }
    await stop();
    const late = Object.entries(slowest).filter(([, took]) => took > backMilliseconds);
    if (late.length > 0)
      throw new Error(`Not back within ${backMilliseconds} ms: ${late.map(([name]) => name).join(', ')}`);
  } finally {
    await home.stop().catch(() => undefined);
    rmSync(dataDir, { recursive: true, force: true });
  }
  const rows = [...promised.imports.values()].reduce((sum, count) => sum + count, 0);
  return (
    `${Object.keys(slowest).length * kills} kills; kept: ${promised.licenses.length} licences, ${rows} imported, ` +
    `${promised.events.length} events of Stripe; ${promised.checks} checks answered; ${last.mails} mails came once, ` +
    `${last.uncertain} uncertain, none twice`
  );
}

/** Every road through the home: a function with the database behind it, REST, and the console. */
async function isBack(home: Home, { licenses }: Promised): Promise<boolean> {
  const { urls } = home.config;
  const signal = AbortSignal.timeout(3_000);
  const license = licenses.at(-1);
  const rest = fetch(`${urls.api}/rest/v1/licenses?select=id&limit=1`, {
    headers: { apikey: home.keys.secret },
    signal,
  });
  const [isAnswered, { ok: restIsOk }, { ok: consoleIsOk }] = await Promise.all([
    license ? isValid(home, license) : false,
    rest,
    fetch(urls.console, { signal }),
  ]);
  return isAnswered && restIsOk && consoleIsOk;
}

/** A function that nobody has called since it was killed has no process; the work calls it again. */
async function findProcess(home: Home, name: string): Promise<number> {
  if (name === 'backend') {
    const [backend] = await home.sql<{ pid: number }[]>`select pid from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid() order by random() limit 1`;
    return backend!.pid;
  }
  const current = () => {
    const { postgres, console: served, functions } = home.processes();
    return { PostgreSQL: postgres, console: served, ...functions }[name];
  };
  // What only the schedule calls runs again within a minute.
  await until(`${name} runs`, async () => current() !== undefined, 90);
  return current()!;
}
