import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { LogClient } from './log-client.ts';
import { Random } from './random.ts';
import { codeOf, createSend } from './send.ts';
import { type Desktop, SupportClient } from './support-client.ts';
import { apiUrl, databaseUrl } from './target.ts';

const usage = `Usage: npm run simulate [-- --clients 100 --every 60 --tickets 20 --lines 60 --for 0
                           --db-url URL --api-url URL]

Runs virtual desktop clients that check their licence every so many seconds, each from a
loopback address of its own, until Ctrl-C or for so many seconds. Together they open so many
tickets an hour, 0 for none; who has an open one looks for answers, and says what such
a customer says to them, a minute or two later. Together they send so many lines of the log a
minute, 0 for none, with how much they were used.`;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '100' },
    every: { type: 'string', default: '60' },
    tickets: { type: 'string', default: '20' },
    lines: { type: 'string', default: '60' },
    for: { type: 'string', default: '0' },
    'db-url': { type: 'string' },
    'api-url': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [count, every, duration] = [Number(values.clients), Number(values.every), Number(values.for)];
const [tickets, lines] = [Number(values.tickets), Number(values.lines)];
const isWrong =
  !(count >= 1 && count <= 10_000) || !(every >= 1) || !(duration >= 0) || !(tickets >= 0) || !(lines >= 0);
if (values.help || isWrong) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const sql = postgres(databaseUrl(values['db-url']), { max: 1, onnotice: () => undefined });
const clients = await sql<Desktop[]>`
  select private.decrypt_secret(license_key_encrypted, private.secret('license_key_key')) as license_key,
    private.decrypt_secret(hwid_encrypted, private.secret('hwid_key')) as hwid,
    coalesce(client_version, '1.4.2') as version, coalesce(client_os, 'Windows 11 Pro') as os,
    case locale when 'en' then 'en' else 'fr' end as locale
  from private.license_secrets join public.licenses on licenses.id = license_id
    join public.customers on customers.id = customer_id
  where deleted_at is null
  -- Who has an open ticket comes first: he answers.
  order by exists (select from public.support_tickets where support_tickets.license_id = licenses.id
    and support_tickets.status not in ('resolved', 'closed')) desc, md5(licenses.id::text) limit ${count}`;
await sql.end();
if (clients.length === 0) {
  console.error('There is no licence to simulate: start the home once with its demo data, or run npm run seed');
  process.exit(1);
}

const functions = `${apiUrl(values['api-url'])}/functions/v1`;
const url = `${functions}/license-check`;
const agent = new Agent({ keepAlive: true, maxSockets: 500 });
const random = new Random(Date.now());
const answers = new Map<string, number>();
const timers = new Set<NodeJS.Timeout>();

/** All of 127.0.0.0/8 is this machine on Linux; elsewhere every client shares one address and its rate limit. */
const addressOf = (index: number) =>
  process.platform === 'linux' ? `127.1.${(index >> 8) & 255}.${index & 255}` : undefined;
const senders = clients.map((_, index) => createSend(agent, addressOf(index)));

async function check(client: Desktop, index: number): Promise<string> {
  const { license_key, hwid, version, os } = client;
  const answer = await senders[index]!(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ license_key, hwid, client_version: version, os, nonce: random.hex(16) }),
  });
  return codeOf(answer);
}

/** Does it later, unless all is over by then. */
function after(seconds: number, work: () => Promise<void>): void {
  const timer = setTimeout(async () => {
    timers.delete(timer);
    await work();
  }, seconds * 1000);
  timers.add(timer);
}
const about = (seconds: number) => seconds * (0.8 + random.next() * 0.4);

function checkEvery(client: Desktop, index: number, seconds: number): void {
  after(seconds, async () => {
    const code = await check(client, index);
    answers.set(code, (answers.get(code) ?? 0) + 1);
    if (!stopping) checkEvery(client, index, about(every));
  });
}

const desks = clients.map(
  (client, index) =>
    new SupportClient(client, {
      url: `${functions}/client-ticket`,
      send: senders[index]!,
      random,
      wait: (seconds) => sleep(seconds * 1000, undefined, { ref: false }),
    }),
);
/** As the product: once when it starts, then while a ticket is open. */
const asking = new Set<SupportClient>();

function ask(desk: SupportClient, seconds: number): void {
  asking.add(desk);
  after(seconds, async () => {
    for (const reply of await desk.poll()) after(random.int(20, 180), () => desk.reply(reply));
    if (desk.isWaiting && !stopping) ask(desk, about(60));
    else asking.delete(desk);
  });
}

function openTickets(seconds: number): void {
  after(seconds, async () => {
    const idle = desks.filter((desk) => !desk.isWaiting);
    const desk = idle.length > 0 ? random.pick(idle) : null;
    if (desk && (await desk.open()) !== null && !asking.has(desk)) ask(desk, about(60));
    // Nobody agrees with the others when to write.
    if (!stopping) openTickets((-Math.log(1 - random.next()) * 3_600) / tickets);
  });
}

const loggers = clients.map(
  (client, index) => new LogClient(client, { url: `${functions}/client-report`, send: senders[index]!, random }),
);

/** Each report has about two lines. */
function reportLines(seconds: number): void {
  after(seconds, async () => {
    void random.pick(loggers).report(Date.now());
    if (!stopping) reportLines((-Math.log(1 - random.next()) * 120) / lines);
  });
}

let stopping = false;
const startedAt = Date.now();
const total = (counts: Map<string, number>) => [...counts.values()].reduce((sum, times) => sum + times, 0);
const inWords = (counts: Map<string, number>) => [...counts].sort().map(([what, times]) => `${what} ${times}`);
const report = () => {
  const checks = total(answers);
  const seconds = (Date.now() - startedAt) / 1000;
  const head = `${seconds.toFixed(0)} s  ${checks} checks  ${(checks / seconds).toFixed(1)}/s`;
  const support = new Map<string, number>();
  for (const { counts } of [...desks, ...loggers])
    for (const [what, times] of counts) support.set(what, (support.get(what) ?? 0) + times);
  const parts = [head, ...inWords(answers), ...(support.size > 0 ? ['|', ...inWords(support)] : [])];
  console.log(parts.join('  '));
};
function stop(): void {
  if (stopping) return;
  stopping = true;
  clearInterval(reporter);
  for (const timer of timers) clearTimeout(timer);
  agent.destroy();
  report();
}

console.log(`${clients.length} clients, each checking about every ${every} s against ${url}`);
clients.forEach((client, index) => checkEvery(client, index, random.next() * every));
if (tickets > 0) {
  for (const desk of desks) ask(desk, random.next() * 60);
  openTickets(random.next() * Math.min(20, 3_600 / tickets));
}
if (lines > 0) reportLines(random.next());
const reporter = setInterval(report, 10_000);
process.on('SIGINT', stop).on('SIGTERM', stop);
if (duration > 0) timers.add(setTimeout(stop, duration * 1000));
