import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Home, startHome } from '@whatautosys/local';
import postgres from 'postgres';

export interface RetentionOptions {
  portBase: number;
  /** Of each half: the control, in which no day is dropped, and the trial. */
  seconds: number;
}

const writers = 20;
const linesPerSecond = 500;
const oldLines = 300_000;
const longestWait = 100;

interface Half {
  lines: number;
  /** Milliseconds the slowest insert waited for a lock. */
  waited: number;
  /** Milliseconds the slowest insert took, locks or not. */
  slowest: number;
  deadlocks: number;
}

/**
 * A day beyond the retention is dropped while twenty connections add 500 lines a second and somebody reads that day in
 * one long transaction: no insert waits for a lock over 100 ms, none fails, and the day goes once its reader ended.
 * Beside it stands the same time without anything to drop.
 */
export async function dropDays({ portBase, seconds }: RetentionOptions): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'endure-'));
  const home = await startHome({ portBase, dataDir, console: false, seed: false, quiet: true, ownProcess: true });
  try {
    const day = await fillOldDay(home);
    const gauged = await gauge(home);
    const control = await write(home, seconds);
    const dropping = drop(home, day, seconds);
    const trial = await write(home, seconds);
    const tries = await dropping;
    const [there] = await home.sql<[{ lines: number }]>`select count(*)::int as lines from public.logs`;
    if (there.lines !== gauged + control.lines + trial.lines)
      throw new Error(`Of ${gauged + control.lines + trial.lines} lines that were added ${there.lines} are there`);
    if (trial.deadlocks > 0) throw new Error(`${trial.deadlocks} deadlocks`);
    if (trial.waited > longestWait && trial.waited > control.waited)
      throw new Error(`An insert waited ${trial.waited} ms for a lock; ${control.waited} ms in the control`);
    const told = ({ lines, waited, slowest }: Half) =>
      `${lines} lines, longest wait for a lock ${waited.toFixed(0)} ms, slowest insert ${slowest.toFixed(0)} ms`;
    return `day dropped at try ${tries}, after its reader ended: ${told(trial)}; control: ${told(control)}`;
  } finally {
    await home.stop().catch(() => undefined);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** A day older than what is kept, with its lines → the day. */
async function fillOldDay({ sql }: Home): Promise<string> {
  const [{ day }] = await sql<[{ day: string }]>`
    select ((now() at time zone 'UTC')::date - private.setting_int('log_retention_days') - 1)::text as day`;
  await sql`select private.ensure_log_days(${day}::date, ${day}::date)`;
  await sql`
    insert into private.logs_kept (id, at, source_id, is_indexed, level, message)
    select n, ${day}::date + n * interval '0.25 seconds', private.log_source_id('Endurance'), true, 'info',
      'Session ' || md5(n::text) || ' ended'
    from generate_series(1, ${oldLines}::int) as n`;
  return day;
}

/** A wait there must be is seen → lines added meanwhile. */
async function gauge(home: Home): Promise<number> {
  const holding = home.sql.begin(async (transaction) => {
    await sleep(1_000);
    await transaction`lock table private.logs_young in access exclusive mode`;
    await sleep(500);
  });
  const { lines, waited } = await write(home, 2);
  await holding;
  if (waited < 300) throw new Error(`Of a lock held for 500 ms ${waited} ms were seen`);
  return lines;
}

async function write(home: Home, seconds: number): Promise<Half> {
  const pool = postgres(home.config.db.adminUrl, {
    max: writers,
    onnotice: () => undefined,
    connection: { application_name: 'endure-writer' },
  });
  const deadlocks = async () =>
    (await home.sql<[{ n: number }]>`select sum(deadlocks)::int as n from pg_stat_database`)[0].n;
  const before = await deadlocks();
  const half: Half = { lines: 0, waited: 0, slowest: 0, deadlocks: 0 };
  const ends = performance.now() + seconds * 1_000;
  const each = linesPerSecond / writers;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const [row] = await home.sql<[{ ms: number | null }]>`
        select max(extract(epoch from clock_timestamp() - waitstart) * 1000)::float as ms from pg_locks
        join pg_stat_activity using (pid) where not granted and application_name = 'endure-writer'`;
      half.waited = Math.max(half.waited, row.ms ?? 0);
      await sleep(5);
    }
  })();
  try {
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const lines = Array.from({ length: each }, (__, index) => ({
          level: index ? 'info' : 'error',
          source: 'Endurance',
          message: `Line ${index} of ${writer}`,
        }));
        // Each begins at another part of the second.
        await sleep((writer / writers) * 1_000);
        while (performance.now() < ends) {
          const begun = performance.now();
          await pool`select private.add_log_lines(${`writer:${writer}`}, ${randomUUID()}, ${pool.json(lines)}, null,
            null)`;
          const took = performance.now() - begun;
          half.slowest = Math.max(half.slowest, took);
          half.lines += each;
          await sleep(Math.max(0, 1_000 - took));
        }
      }),
    );
  } finally {
    isOver = true;
    await watching;
    await pool.end();
  }
  return { ...half, deadlocks: (await deadlocks()) - before };
}

/** Somebody reads the day for two thirds of the time; it is dropped again and again → how many tries it took. */
async function drop(home: Home, day: string, seconds: number): Promise<number> {
  const reader = postgres(home.config.db.adminUrl, { max: 1, onnotice: () => undefined });
  const readUntil = performance.now() + (seconds * 2_000) / 3;
  const reading = reader.begin(async (transaction) => {
    await transaction`select count(*) from public.logs where at < ${day}::date + interval '1 day'`;
    await sleep(readUntil - performance.now());
  });
  const isThere = async () =>
    (await home.sql<[{ there: boolean }]>`select ${day}::date in (select private.log_days()) as there`)[0].there;
  try {
    await sleep(500);
    let tries = 0;
    for (; await isThere(); tries += 1) {
      await home.sql`select private.drop_old_log_days()`;
      if (!(await isThere()) && performance.now() < readUntil)
        throw new Error('The day was dropped while somebody read it');
      if (performance.now() > readUntil + 30_000) throw new Error('The day was not dropped after its reader had ended');
      await sleep(200);
    }
    return tries;
  } finally {
    await reading.finally(() => reader.end());
  }
}
