import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js';
import postgres from 'postgres';
import ws from 'ws';
import type { GatewayPart } from '../context.ts';
import { createGateway } from '../server.ts';
import { createUser, enrolTotp, startTestGateway, type TestGateway, type TestUser } from '../testing.ts';
import type { RealtimeLimits } from './limits.ts';
import { createRealtime } from './server.ts';

export interface RealtimeHome extends TestGateway {
  url: string;
  warnings: string[];
  /** supabase-js as it is; realtime over a real port, everything else through the gateway's `fetch`. */
  connect(options?: { key?: string; vsn?: '1.0.0' | '2.0.0' }): SupabaseClient;
  /** At this home's realtime, or at another of the same keys. */
  socket(query?: string, url?: string): ws;
}

export async function startRealtimeHome(
  options: { database?: 'migrated'; limits?: Partial<RealtimeLimits> } = {},
): Promise<RealtimeHome> {
  const home = await startTestGateway(options.database ? { database: options.database } : {});
  await commitAtOnce(home);
  const warnings: string[] = [];
  const log = {
    ...home.ctx.log,
    warn: (message: string, fields?: Record<string, unknown>) =>
      void warnings.push(`${message} ${JSON.stringify(fields)}`),
  };
  const realtime: GatewayPart = createRealtime({ ...home.ctx, log }, { sweepMilliseconds: 50, ...options.limits });
  const gateway = createGateway(home.ctx, { realtime });
  const { port } = await gateway.listen(0);
  const url = `http://127.0.0.1:${port}`;
  const clients: SupabaseClient[] = [];
  return {
    ...home,
    url,
    warnings,
    connect({ key = home.ctx.keys.publishable, vsn } = {}) {
      const client = createClient(url, key, {
        auth: {
          persistSession: false,
          autoRefreshToken: false,
          detectSessionInUrl: false,
          storageKey: crypto.randomUUID(),
        },
        global: {
          fetch: (input, init) =>
            new URL(input as string).pathname.startsWith('/realtime/')
              ? fetch(input, init)
              : home.gateway.fetch(new Request(input, init)),
        },
        realtime: { transport: ws as never, ...(vsn ? { vsn } : {}) },
      });
      clients.push(client);
      return client;
    },
    socket: (query = `apikey=${home.ctx.keys.publishable}&vsn=2.0.0`, at = url) =>
      new ws(`${at.replace('http', 'ws')}/realtime/v1/websocket?${query}`),
    async stop() {
      await Promise.all(clients.map((client) => client.removeAllChannels()));
      await gateway.stop();
      await home.stop();
    },
  };
}

/** The throw-away server writes its log lazily, and subscribers see only what is written. */
async function commitAtOnce({ ctx }: TestGateway): Promise<void> {
  const sql = postgres(ctx.config.db.adminUrl, { max: 1 });
  await sql.unsafe(`alter database "${new URL(ctx.config.db.adminUrl).pathname.slice(1)}" set synchronous_commit = on`);
  await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
  await sql.end();
}

/** What arrived, in order; `next` waits for the first not yet taken that fits. */
export class Inbox<T> {
  all: T[] = [];
  #taken = new Set<T>();
  #wake: Array<() => void> = [];

  push = (item: T): void => {
    this.all.push(item);
    for (const wake of this.#wake.splice(0)) wake();
  };

  async next(fits: (item: T) => boolean = () => true): Promise<T> {
    for (;;) {
      const found = this.all.find((item) => !this.#taken.has(item) && fits(item));
      if (found !== undefined) {
        this.#taken.add(found);
        return found;
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async count(wanted: number): Promise<T[]> {
    while (this.all.length < wanted) await new Promise<void>((resolve) => this.#wake.push(resolve));
    return this.all;
  }
}

export interface Opened {
  channel: RealtimeChannel;
  statuses: Inbox<{ status: string; error?: string | undefined }>;
  system: Inbox<{ extension: string; status: string; message: string }>;
}

/** Subscribes without waiting. */
export function open(channel: RealtimeChannel): Opened {
  const opened: Opened = { channel, statuses: new Inbox(), system: new Inbox() };
  channel.on('system', {}, opened.system.push as never);
  channel.subscribe((status, error) => opened.statuses.push({ status, error: error?.message }));
  return opened;
}

export async function join(channel: RealtimeChannel): Promise<Opened> {
  const opened = open(channel);
  const { status, error } = await opened.statuses.next();
  if (status !== 'SUBSCRIBED') throw new Error(`${status}: ${error}`);
  return opened;
}

export interface Change {
  schema: string;
  table: string;
  eventType: string;
  commit_timestamp: string;
  new: Record<string, unknown>;
  old: Record<string, unknown>;
  errors: string[] | null;
}

export interface Followed extends Opened {
  changes: Inbox<Change>;
}

/** Follows a table, and waits until every commit from now on is seen. */
export async function follow(
  client: SupabaseClient,
  filter: { table?: string; schema?: string; event?: string; filter?: string; select?: string[] },
): Promise<Followed> {
  const changes = new Inbox<Change>();
  const channel = client.channel(crypto.randomUUID(), { config: { broadcast: { ack: true } } });
  channel.on('postgres_changes' as never, { event: '*', schema: 'public', ...filter }, changes.push as never);
  const opened = { ...(await join(channel)), changes };
  await opened.system.next(({ extension, status }) => extension === 'postgres_changes' && status === 'ok');
  return opened;
}

/** When the server has answered, all it sent before has arrived. */
export async function roundTrip(channel: RealtimeChannel): Promise<void> {
  const answer = await channel.send({ type: 'broadcast', event: 'round-trip', payload: {} });
  if (answer !== 'ok') throw new Error(`No round trip: ${answer}`);
}

export interface SignedIn {
  user: TestUser;
  client: SupabaseClient;
}

/** A person signed in with the second factor. */
export async function signInAtAal2(home: RealtimeHome): Promise<SignedIn> {
  const user = await createUser(home);
  const client = home.connect();
  const { error } = await client.auth.signInWithPassword({ email: user.email, password: user.password });
  if (error) throw error;
  await enrolTotp(home, client);
  // realtime-js joins with the token it last heard of, and nobody tells it of the one after the second factor.
  await client.realtime.setAuth();
  return { user, client };
}

export type RawFrame = [
  joinRef: string | null,
  ref: string | null,
  topic: string,
  event: string,
  payload: Record<string, unknown>,
];

/** Protocol 2.0.0 by hand, for what supabase-js does not show or never sends. */
export interface RawClient {
  socket: ws;
  frames: Inbox<RawFrame>;
  texts: string[];
  closed: Promise<number>;
  send(...frame: RawFrame): void;
  /** Joins, and returns the reply's payload. */
  join(topic: string, config: Record<string, unknown>, token?: string): Promise<Record<string, unknown>>;
  /** Replies up to here have arrived. */
  heartbeat(): Promise<void>;
}

export async function rawClient(home: RealtimeHome, url?: string): Promise<RawClient> {
  const socket = home.socket(undefined, url);
  const frames = new Inbox<RawFrame>();
  const texts: string[] = [];
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.on('message', (data, isBinary) => {
    if (isBinary) return;
    texts.push(String(data));
    frames.push(JSON.parse(String(data)) as RawFrame);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let lastRef = 0;
  const send = (...frame: RawFrame) => socket.send(JSON.stringify(frame));
  const replyTo = async (ref: string) =>
    (await frames.next(([, answered, , event]) => event === 'phx_reply' && answered === ref))[4];
  return {
    socket,
    frames,
    texts,
    closed,
    send,
    join(topic, config, token) {
      const ref = `j${++lastRef}`;
      send(ref, ref, `realtime:${topic}`, 'phx_join', { config, ...(token ? { access_token: token } : {}) });
      return replyTo(ref);
    },
    async heartbeat() {
      const ref = `h${++lastRef}`;
      send(null, ref, 'phoenix', 'heartbeat', {});
      await replyTo(ref);
    },
  };
}
