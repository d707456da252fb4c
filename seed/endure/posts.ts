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
  /** What must be there before the first. */
  prepare?(home: Home): Promise<void>;
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

/** Of some licences; each second one opens a ticket, the others go on in one of their licence's. */
export function clientMessages(): Posts {
  const machines: { license_key: string; hwid: string; ticket_number: number }[] = [];
  const send = ({ config }: Home, body: object, signal: AbortSignal) =>
    fetch(`${config.urls.api}/functions/v1/client-ticket`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
  return {
    name: 'client messages',
    function: 'client-ticket',
    async prepare(home) {
      // All clients here have one address.
      await home.sql`update public.settings set value = '1000000' where key = 'client_ticket_per_minute'`;
      for (let index = 0; index < 10; index += 1) {
        const hwid = `HWID-${randomUUID()}`;
        const [row] = await home.sql<[{ license: { license_key: string } }]>`
          select public.create_license(${`${hwid.toLowerCase()}@example.test`}, ${hwid}, 'premium', send_email => false)
            as license`;
        const { license_key } = row.license;
        const first = { license_key, hwid, message: 'Bonjour', idempotency_key: randomUUID() };
        const response = await send(home, first, AbortSignal.timeout(30_000));
        const { ticket_number } = (await response.json()) as { ticket_number: number };
        machines.push({ license_key, hwid, ticket_number });
      }
    },
    post(home, key, signal) {
      const place = Number.parseInt(key.slice(0, 4), 16);
      const { ticket_number, ...machine } = machines[place % machines.length]!;
      const body = { ...machine, subject: `Endurance ${key}`, message: key, idempotency_key: key };
      const attachments = [{ name: `${key}.log`, size: 1 }];
      return send(home, key[4]! < '8' ? { ...body, attachments } : { ...body, ticket_number }, signal);
    },
    async count(home, keys) {
      // A ticket or a file too many counts as the message once more.
      const rows = await home.sql<{ key: string; count: number }[]>`
        select key, greatest(
          (select count(*) from public.ticket_messages where body = key),
          (select count(*) from public.support_tickets where subject = 'Endurance ' || key),
          (select count(*) from public.ticket_attachments where name = key || '.log'))::int as count
        from unnest(${keys}::text[]) as key where exists (select from public.ticket_messages where body = key)`;
      return new Map(rows.map(({ key, count }) => [key, count]));
    },
  };
}

/** Reports of one client with five lines each; what is told afterwards is what a search by text finds. */
export function logReports(): Posts {
  const client = { license_key: '', hwid: `HWID-${randomUUID()}` };
  const each = 5;
  return {
    name: 'reports',
    function: 'client-report',
    async prepare(home) {
      await home.sql`update public.settings set value = '1000000' where key = 'client_report_per_minute'`;
      const [row] = await home.sql<[{ license: { license_key: string } }]>`
        select public.create_license('reports@example.test', ${client.hwid}, 'premium', send_email => false)
          as license`;
      client.license_key = row.license.license_key;
    },
    post: ({ config }, key, signal) =>
      fetch(`${config.urls.api}/functions/v1/client-report`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ...client,
          idempotency_key: key,
          logs: Array.from({ length: each }, (_, index) => ({
            level: index ? 'info' : 'error',
            source: 'Endurance',
            message: `line ${index} of ${key}`,
          })),
        }),
        signal,
      }),
    async count(home, keys) {
      await home.sql`select private.settle_logs(600)`;
      // Found by text, each line once, and counted as many as there are.
      const rows = await home.sql<{ key: string; lines: number; different: number; counted: number }[]>`
        select key, count(*)::int as lines, count(distinct logs.message)::int as different,
          (select sum(hours.lines)::int from private.log_hours as hours join public.log_sources as sources
            on sources.id = hours.source_id where sources.name = 'Endurance') as counted
        from unnest(${keys}::text[]) as key join public.logs
          on private.log_letters(private.log_words(message, stack, context)) like
            '%' || private.log_letters(private.log_words('of ' || key, null, null)) || '%'
        group by key`;
      const whole = rows.every((row) => row.counted === keys.length * each);
      return new Map(rows.map((row) => [row.key, whole && row.different === each ? row.lines / each : -1]));
    },
  };
}

export interface PostOptions {
  portBase: number;
  rounds: number;
  /** How many are posted in each round. */
  many: number;
  kinds: Posts[];
}

const atOnce = 8;

/** Of so many that were taken one is posted again, as if its answer had been lost. */
const lostEach = 10;

/** As a provider or a client: again after each failure, the same thing, until it is taken. */
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
      await kind.prepare?.(home);
      const all: string[] = [];
      let repeated = 0;
      let kills = 0;
      for (let round = 0; round < rounds; round += 1) {
        const keys = Array.from({ length: many }, () => randomUUID());
        all.push(...keys);
        const queue = [...keys];
        let done = 0;
        let taken = 0;
        const work = Promise.all(
          Array.from({ length: atOnce }, async () => {
            for (let key = queue.shift(); key; key = queue.shift()) {
              let times = await postUntilTaken(home, kind, key);
              taken += 1;
              if (taken % lostEach === 0) times += await postUntilTaken(home, kind, key);
              repeated += times - 1;
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
