import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Home, startHome } from '@whatautosys/local';
import { createClient } from '@supabase/supabase-js';
import { Secret, TOTP } from 'otpauth';
import { WebSocket } from 'ws';
import { sendFrames } from './frames.ts';
import { randomFrom } from './random.ts';
import { hostileRequest, type Surface } from './requests.ts';
import { sendRaw } from './wire.ts';

export interface FuzzOptions {
  portBase: number;
  inputs: number;
  seed: number;
}

const atOnce = 4;
const password = 'Correct-horse-9-battery';

/**
 * Inputs nobody should send, to every part of the API and as everybody. None may be answered by 5xx, end a connection
 * without an answer, leave an error in the log or keep the home from answering the next.
 */
export async function fuzz({ portBase, inputs, seed }: FuzzOptions): Promise<string> {
  console.log(`fuzz: seed ${seed}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'endure-'));
  const home = await startHome({ portBase, dataDir, console: false, studio: false, seed: false, quiet: true });
  const failures = new Map<string, { count: number; example: string }>();
  const note = (kind: string, example: string) => {
    const known = failures.get(kind);
    if (known) known.count += 1;
    else failures.set(kind, { count: 1, example });
  };
  home.context.log.error = (message, fields) => note(`log: ${message}`, JSON.stringify(fields));
  try {
    const surface = await readSurface(home);
    const random = randomFrom(seed);
    const frames = Math.floor(inputs / 8);
    let left = inputs - frames;
    const statuses: Record<string, number> = {};
    const loop = async () => {
      for (; left > 0;) {
        const number = (left -= 1);
        const [who, request] = hostileRequest(random, surface);
        // Limits count by address: each input has its own.
        const from = `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${1 + (number & 127)}`;
        const { status, text } = await sendRaw(home.config.ports.api, from, request);
        statuses[status ?? 'none'] = (statuses[status ?? 'none'] ?? 0) + 1;
        if (status !== undefined && status < 500) continue;
        const path = request.target.split('?')[0]!.slice(0, 60);
        const shown = [
          `as ${who}: ${request.method} ${request.target.slice(0, 300)}`,
          request.headers.join('\n    ').slice(0, 1_000),
          request.body.toString('latin1').slice(0, 300),
          `→ ${text.slice(-400)}`,
        ];
        note(`${status ?? 'none'} ${request.method} ${path}`, shown.join('\n    '));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, loop));
    const url = `${home.config.urls.api.replace('http', 'ws')}/realtime/v1/websocket?apikey=`;
    await sendFrames(random, url + home.keys.publishable, frames / 2);
    await sendFrames(random, url + home.keys.secret, frames / 2);
    await proveAlive(home);
    const total = [...failures.values()].reduce((sum, { count }) => sum + count, 0);
    for (const [kind, { count, example }] of failures) console.error(`${count} × ${kind}\n  ${example}`);
    console.log(`fuzz: ${JSON.stringify(statuses)}`);
    if (total > 0) throw new Error(`${total} of ${inputs} inputs failed, ${failures.size} kinds; seed ${seed}`);
    return `${inputs} inputs, none answered by 5xx or not at all (seed ${seed})`;
  } finally {
    await home.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function readSurface(home: Home): Promise<Surface> {
  const { sql, keys, config } = home;
  const columns = await sql<{ name: string; columns: string[] }[]>`
    select table_name as name, array_agg(column_name::text) as columns from information_schema.columns
    where table_schema = 'public' group by table_name order by table_name`;
  const rpcs = await sql<{ name: string; arguments: string[] | null }[]>`
    select proname as name, proargnames[1:pronargs] as arguments from pg_proc
    where pronamespace = 'public'::regnamespace order by proname`;
  await sql`insert into storage.buckets (id, name, public) values ('fuzz', 'fuzz', true) on conflict do nothing`;
  const apikey = (key: string) => `apikey: ${key}`;
  const callers: Surface['callers'] = {
    nobody: [],
    stranger: [apikey('sb_publishable_none')],
    anon: [apikey(keys.publishable)],
    service: [apikey(keys.secret)],
  };
  for (const role of [null, 'viewer', 'support', 'admin'])
    callers[role ?? 'no staff'] = [apikey(keys.publishable), `Authorization: Bearer ${await signInAs(home, role)}`];
  return {
    host: new URL(config.urls.api).host,
    tables: Object.fromEntries(columns.map((row) => [row.name, row.columns])),
    rpcs: Object.fromEntries(rpcs.map((row) => [row.name, row.arguments ?? []])),
    functions: [...config.project.functions.map(({ name }) => name), 'none'],
    callers,
  };
}

/** → an access token with the second factor passed. */
async function signInAs(home: Home, role: string | null): Promise<string> {
  const options = {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { transport: WebSocket as never },
  };
  const admin = createClient(home.config.urls.api, home.keys.secret, options);
  const client = createClient(home.config.urls.api, home.keys.publishable, options);
  const email = `${role ?? 'nobody'}@example.test`;
  const made = await admin.auth.admin.createUser({ email, password, email_confirm: true });
  if (made.error) throw made.error;
  if (role !== null)
    await home.sql`insert into public.staff (user_id, email, display_name, role)
      values (${made.data.user.id}, ${email}, ${role}, ${role})`;
  const signedIn = await client.auth.signInWithPassword({ email, password });
  if (signedIn.error) throw signedIn.error;
  const factor = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'fuzz' });
  if (factor.error) throw factor.error;
  const code = TOTP.generate({ secret: Secret.fromBase32(factor.data.totp.secret) });
  const verified = await client.auth.mfa.challengeAndVerify({ factorId: factor.data.id, code });
  if (verified.error) throw verified.error;
  return verified.data.access_token;
}

async function proveAlive({ config, keys }: Home): Promise<void> {
  for (const path of ['/auth/v1/health', '/rest/v1/plans?limit=1', '/storage/v1/bucket', '/functions/v1/health']) {
    const answer = await fetch(config.urls.api + path, { headers: { apikey: keys.secret } });
    if (answer.status !== 200) throw new Error(`The home does not answer any more: ${path} ${answer.status}`);
  }
}
