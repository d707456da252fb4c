import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import postgres from 'postgres';
import { WebSocketServer } from 'ws';
import { reconnectSoon } from '../../postgres/reconnect.ts';
import type { GatewayContext, GatewayPart } from '../context.ts';
import { ApiError } from '../errors.ts';
import { answerBroadcast, isBroadcastPath } from './broadcast.ts';
import { Commits } from './commits.ts';
import { Connection, type Handshake } from './connection.ts';
import { ChangeFeed } from './feed.ts';
import { identify, RealtimeError } from './identity.ts';
import { defaultLimits, type RealtimeLimits } from './limits.ts';
import { isMessage, MessageFeed } from './messages.ts';
import { Presences } from './presence.ts';
import { readVsn } from './protocol.ts';
import { Replication } from './replication.ts';
import { Rooms } from './rooms.ts';
import type { Services } from './services.ts';
import { Subscriptions } from './subscriptions.ts';

const poolSize = 5;
const graceMilliseconds = 1_000;

/** Realtime as hosted has it: broadcast, presence and changes of the database, over Phoenix web sockets. */
export function createRealtime(
  ctx: GatewayContext,
  options: Partial<RealtimeLimits> = {},
): GatewayPart & Required<Pick<GatewayPart, 'upgrade'>> {
  const limits = { ...defaultLimits, ...options };
  const connections = new Set<Connection>();
  const sql = postgres(ctx.config.db.url, {
    max: poolSize,
    idle_timeout: 60,
    ...reconnectSoon,
    onnotice: () => undefined,
    connection: {
      application_name: 'realtime',
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      statement_timeout: limits.statementMilliseconds,
    },
  });
  const rooms = new Rooms();
  const subscriptions = new Subscriptions();
  const commits = new Commits(sql, limits.statementMilliseconds);
  const feed = new ChangeFeed(sql, ctx.log, limits, subscriptions, commits);
  const messages = new MessageFeed(rooms, ctx.log, limits, commits);
  const tellAll = (isLive: boolean) => {
    for (const connection of connections) for (const channel of connection.channels) channel.replicationChanged(isLive);
  };
  const replication = new Replication({
    url: ctx.config.db.url,
    sql,
    log: ctx.log,
    onChange: (change) => (isMessage(change) ? messages.push(change) : feed.push(change)),
    onLive: () => tellAll(true),
    onLost: () => tellAll(false),
  });
  const services: Services = { ctx, sql, limits, rooms, presences: new Presences(rooms), subscriptions, replication };
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false });
  const sweeper = setInterval(() => connections.forEach((connection) => connection.sweep()), limits.sweepMilliseconds);
  sweeper.unref();

  const accept = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const handshake = await readHandshake(ctx, request);
    if (connections.size >= limits.connections)
      throw new ApiError(429, 'too_many_connections', 'Too many connected users');
    if (stopped) throw new ApiError(503, 'service_unavailable', 'The server is stopping');
    replication.start();
    sockets.handleUpgrade(request, socket, head, (client) => {
      const connection = new Connection(services, client, handshake);
      connections.add(connection);
      client.once('close', () => connections.delete(connection));
    });
  };

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    clearInterval(sweeper);
    await Promise.all([...connections].map((connection) => connection.close(graceMilliseconds)));
    await replication.stop();
    await sql.end({ timeout: 5 });
  };

  return {
    async fetch(request, { ip }) {
      const path = new URL(request.url).pathname;
      if (!isBroadcastPath(path)) throw new ApiError(404, 'not_found', `Realtime has nothing at "${path}"`);
      if (request.method !== 'POST') throw new ApiError(405, 'method_not_allowed', 'Broadcasts are sent by POST');
      try {
        return await answerBroadcast(services, request, policyHeaders(request.headers, ip));
      } catch (error) {
        throw error instanceof RealtimeError ? new ApiError(401, 'bad_jwt', error.message, { cause: error }) : error;
      }
    },
    upgrade(request, socket, head) {
      const onError = () => socket.destroy();
      socket.on('error', onError);
      accept(request, socket, head)
        .then(() => socket.off('error', onError))
        .catch((error: unknown) => refuse(ctx, socket, error));
    },
    stop: () => (stopped ??= stop()),
  };
}

async function readHandshake(ctx: GatewayContext, request: IncomingMessage): Promise<Handshake> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname !== '/realtime/v1/websocket')
    throw new ApiError(404, 'not_found', `Realtime has nothing at "${url.pathname}"`);
  const vsn = readVsn(url.searchParams.get('vsn'));
  if (!vsn) throw new ApiError(403, 'unsupported_version', 'The serializer version must be 1.0.0 or 2.0.0');
  const headers = new Headers(
    Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const key = headers.get('x-api-key');
  if (key) headers.set('apikey', key);
  const identity = await identify(ctx, ctx.bearerOf(headers, url));
  return {
    vsn,
    identity,
    headers: policyHeaders(headers, (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '')),
  };
}

/** As hosted: the request's own `x-` headers; the address is the one seen, not the one claimed. */
function policyHeaders(headers: Headers, ip: string): string {
  const own = [...headers].filter(([name]) => name.startsWith('x-') && name !== 'x-api-key');
  return JSON.stringify({ ...Object.fromEntries(own), 'x-forwarded-for': ip });
}

function refuse(ctx: GatewayContext, socket: Duplex, error: unknown): void {
  let [status, message] = [500, 'The connection could not be made'];
  if (error instanceof ApiError) [status, message] = [error.status, error.message];
  else if (error instanceof RealtimeError) [status, message] = [401, error.reason];
  else ctx.log.error('realtime: a handshake failed', { error: String((error as Error).stack ?? error) });
  const body = JSON.stringify({ error: message });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
