import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { Random } from './random.ts';
import { apiUrl, databaseUrl } from './target.ts';

const usage = `Usage: npm run simulate [-- --clients 100 --every 60 --for 0 --db-url URL --api-url URL]

Runs virtual desktop clients that check their licence every so many seconds, each from a
loopback address of its own, until Ctrl-C or for so many seconds.`;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '100' },
    every: { type: 'string', default: '60' },
    for: { type: 'string', default: '0' },
    'db-url': { type: 'string' },
    'api-url': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [count, every, duration] = [Number(values.clients), Number(values.every), Number(values.for)];
if (values.help || !(count >= 1 && count <= 10_000) || !(every >= 1) || !(duration >= 0)) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

interface Client {
  license_key: string;
  hwid: string;
  version: string;
  os: string;
}

const sql = postgres(databaseUrl(values['db-url']), { max: 1, onnotice: () => undefined });
const clients = await sql<Client[]>`
  select private.decrypt_secret(license_key_encrypted, private.secret('license_key_key')) as license_key,
    private.decrypt_secret(hwid_encrypted, private.secret('hwid_key')) as hwid,
    coalesce(client_version, '1.4.2') as version, coalesce(client_os, 'Windows 11 Pro') as os
  from private.license_secrets join public.licenses on licenses.id = license_id
  where deleted_at is null order by md5(licenses.id::text) limit ${count}`;
await sql.end();
if (clients.length === 0) {
  console.error('There is no licence to simulate: start the home once with its demo data, or run npm run seed');
  process.exit(1);
}

const url = `${apiUrl(values['api-url'])}/functions/v1/license-check`;
const agent = new Agent({ keepAlive: true, maxSockets: 500 });
const random = new Random(Date.now());
const answers = new Map<string, number>();
const timers = new Set<NodeJS.Timeout>();

/** All of 127.0.0.0/8 is this machine on Linux; elsewhere every client shares one address and its rate limit. */
const addressOf = (index: number) =>
  process.platform === 'linux' ? `127.1.${(index >> 8) & 255}.${index & 255}` : undefined;

function check(client: Client, index: number): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      { method: 'POST', agent, localAddress: addressOf(index), headers: { 'content-type': 'application/json' } },
      (response) => {
        let body = '';
        response
          .setEncoding('utf8')
          .on('data', (chunk) => (body += chunk))
          .on('end', () => resolve(codeOf(response.statusCode ?? 0, body)));
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'ERROR'));
    outgoing.end(
      JSON.stringify({
        license_key: client.license_key,
        hwid: client.hwid,
        client_version: client.version,
        os: client.os,
        nonce: random.hex(16),
      }),
    );
  });
}

function codeOf(status: number, body: string): string {
  try {
    return String((JSON.parse(body) as { code?: string }).code ?? status);
  } catch {
    return `HTTP ${status}`;
  }
}

function schedule(client: Client, index: number, seconds: number): void {
  const timer = setTimeout(async () => {
    timers.delete(timer);
    const code = await check(client, index);
    answers.set(code, (answers.get(code) ?? 0) + 1);
    if (!stopping) schedule(client, index, every * (0.8 + random.next() * 0.4));
  }, seconds * 1000);
  timers.add(timer);
}

let stopping = false;
const startedAt = Date.now();
const report = () => {
  const total = [...answers.values()].reduce((sum, times) => sum + times, 0);
  const seconds = (Date.now() - startedAt) / 1000;
  const parts = [...answers].sort().map(([code, times]) => `${code} ${times}`);
  console.log(`${seconds.toFixed(0)} s  ${total} checks  ${(total / seconds).toFixed(1)}/s  ${parts.join('  ')}`);
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
clients.forEach((client, index) => schedule(client, index, random.next() * every));
const reporter = setInterval(report, 10_000);
process.on('SIGINT', stop).on('SIGTERM', stop);
if (duration > 0) timers.add(setTimeout(stop, duration * 1000));
