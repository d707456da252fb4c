import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Home, startHome } from '@whatautosys/local';
import { functionSecrets } from '@whatautosys/local/function-secrets';
import { postMail } from '../mails.ts';

/** Something that is posted to a function, and that must be kept once it was answered 2xx. */
export interface Posts {
  name: string;
  /** Of the function. */
  function: string;
  /** Posts it; the same key is the same thing, however often it is posted. */
  post(home: Home, key: string, signal: AbortSignal): Promise<Response>;
  /** How often each of the keys is there. */
  count(home: Home, keys: string[]): Promise<Map<string, number>>;
}

export const mails: Posts = {
  name: 'mails',
  function: 'mail-inbound',
  post(home, key, signal) {
    const secret = functionSecrets(home.config, home.keys)['MAIL_INBOUND_SECRET'] ?? '';
    const webhook = `${home.config.urls.api}/functions/v1/mail-inbound?secret=${secret}`;
    const mail = {
      from: `${key}@example.com`,
      subject: `Endurance ${key}`,
      text: key,
      messageId: `${key}@example.com`,
    };
    return postMail(webhook, mail, signal);
  },
  async count(home, keys) {
    const rows = await home.sql<{ key: string; count: number }[]>`
      select body as key, count(*)::int as count from public.ticket_messages where body = any(${keys}) group by body`;
    return new Map(rows.map(({ key, count }) => [key, count]));
  },
};

export interface PostOptions {
  portBase: number;
  rounds: number;
  /** How many are posted in each round. */
  many: number;
  kinds: Posts[];
}

const atOnce = 8;

/** As a provider: again after each failure, the same thing, until it is taken. */
async function postUntilTaken(home: Home, kind: Posts, key: string): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const taken = await kind.post(home, key, AbortSignal.timeout(10_000)).then(
      async (response) => {
        await response.body?.cancel();
        if (response.status >= 400 && response.status < 500)
          throw new Error(`${kind.name}: answered ${response.status}`);
        return response.ok;
      },
      () => false,
    );
    if (taken) return tries;
    if (tries === 60) throw new Error(`${kind.name}: not taken after ${tries} tries`);
    await sleep(500);
  }
}

/**
 * In the middle of so many posts the function and the server of PostgreSQL are killed. What was answered is there,
 * once, and what was not is posted again, as its sender would.
 */
export async function keepPosts({ portBase, rounds, many, kinds }: PostOptions): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'endure-'));
  const home = await startHome({ portBase, dataDir, console: false, seed: false, quiet: true, ownProcess: true });
  const told: string[] = [];
  try {
    for (const kind of kinds) {
      const all: string[] = [];
      let repeated = 0;
      let kills = 0;
      for (let round = 0; round < rounds; round += 1) {
        const keys = Array.from({ length: many }, () => randomUUID());
        all.push(...keys);
        const queue = [...keys];
        let done = 0;
        const work = Promise.all(
          Array.from({ length: atOnce }, async () => {
            for (let key = queue.shift(); key; key = queue.shift()) {
              repeated += (await postUntilTaken(home, kind, key)) - 1;
              done += 1;
            }
          }),
        );
        for (const [share, name] of [
          [0.25, kind.function],
          [0.6, 'PostgreSQL'],
        ] as const) {
          while (done < many * share) await Promise.race([work, sleep(20)]);
          const { postgres, functions } = home.processes();
          const pid = name === 'PostgreSQL' ? postgres : functions[name];
          if (pid === undefined) continue;
          process.kill(pid, 'SIGKILL');
          kills += 1;
        }
        await work;
      }
      const counts = await kind.count(home, all);
      const wrong = all.filter((key) => counts.get(key) !== 1);
      if (wrong.length > 0)
        throw new Error(
          `Of ${all.length} ${kind.name} that were taken ${wrong.length} are gone or there more than once`,
        );
      if (kills === 0) throw new Error(`${kind.name}: nothing was killed`);
      told.push(`${all.length} ${kind.name} taken and kept once, ${kills} kills, ${repeated} posted again`);
    }
  } finally {
    await home.stop().catch(() => undefined);
    rmSync(dataDir, { recursive: true, force: true });
  }
  return told.join('; ');
}
