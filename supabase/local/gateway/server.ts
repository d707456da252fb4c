import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { addCors, answerPreflight, isPreflight } from './cors.ts';
import type { GatewayContext, GatewayPart, RequestInfo } from './context.ts';
import { ApiError, gatewayErrors, renderGatewayError } from './errors.ts';
import type { FunctionsPart } from './functions/host.ts';
import { refuseHead, type Refusal } from './requests.ts';
import { limitServer, requestLimits } from '../http-limits.ts';
import { UnfinishedBodies } from './unfinished.ts';

export type PartName = 'auth' | 'rest' | 'storage' | 'realtime';
export type GatewayParts = Partial<Record<PartName, GatewayPart>> & { functions?: FunctionsPart };

export interface Gateway {
  /** Answers without a port, as the server does; functions need the server, which passes their streams on. */
  fetch(request: Request, info?: RequestInfo): Promise<Response>;
  /** Listens on loopback; port 0 picks a free one. */
  listen(port?: number): Promise<{ port: number }>;
  /** Refuses new requests, lets running ones end for a while, then stops the parts. */
  stop(): Promise<void>;
}

const route = /^\/(auth|rest|storage|functions|realtime)\/v1(?:\/|$)/;
const functionsPath = /^\/functions\/v1(?:[/?]|$)/;
const graceMilliseconds = 3_000;

export function createGateway(ctx: GatewayContext, parts: GatewayParts, limits = requestLimits): Gateway {
  const answer = async (request: Request, info: RequestInfo): Promise<Response> => {
    const path = new URL(request.url).pathname;
    const name = route.exec(path)?.[1] as PartName | 'functions' | undefined;
    if (isPreflight(request)) return answerPreflight(request);
    try {
      if (!name) throw gatewayErrors.noRoute(path);
      const part = name === 'functions' ? undefined : parts[name];
      if (!part) throw gatewayErrors.noService(name);
      return await part.fetch(request, info);
    } catch (error) {
      if (error instanceof ApiError) return renderGatewayError(error);
      const id = crypto.randomUUID();
      ctx.log.error('request failed', { id, path, error: String((error as Error).stack ?? error) });
      return renderGatewayError(new ApiError(500, 'unexpected_failure', `Unexpected failure, see the log for ${id}`));
    }
  };

  const fetch = async (request: Request, info: RequestInfo = { ip: '127.0.0.1' }): Promise<Response> => {
    const response = await answer(request, info);
    // In place: a copied response loses the node server's way of writing a body in one go.
    // The node server counts a body it has whole; twice in one answer, clients refuse it.
    if (request.method !== 'HEAD') response.headers.delete('content-length');
    response.headers.set('sb-request-id', crypto.randomUUID());
    response.headers.set('x-content-type-options', 'nosniff');
    addCors(response.headers);
    return response;
  };

  let server: Server | undefined;
  return {
    fetch,
    async listen(port = ctx.config.ports.api) {
      server = createHttpServer(fetch, parts, ctx, limits);
      return { port: await listenOn(server, port) };
    },
    async stop() {
      // A server waits for its web sockets, and closes none of them by itself.
      await parts.realtime?.stop();
      if (server) await close(server);
      await Promise.all(Object.values(parts).map((part) => part.stop()));
    },
  };
}

const addressOf = (request: IncomingMessage) => (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');

function createHttpServer(
  fetch: Gateway['fetch'],
  { functions, realtime }: GatewayParts,
  ctx: GatewayContext,
  limits: typeof requestLimits,
): Server {
  const listener = getRequestListener((request, env) =>
    fetch(request, { ip: addressOf((env as { incoming: IncomingMessage }).incoming) }),
  );
  const unfinished = new UnfinishedBodies();
  const server = createServer(limits, (request, response) => {
    unfinished.watch(request, addressOf(request));
    const refusal = refuseHead(request);
    if (refusal) return refuse(response, refusal);
    if (!functions || !functionsPath.test(request.url ?? '')) return void listener(request, response);
    // A function answers its own preflight and sets its own CORS, as on hosted.
    response.setHeader('sb-request-id', crypto.randomUUID());
    response.setHeader('x-content-type-options', 'nosniff');
    functions.handle(request, response, { ip: addressOf(request) }).catch((error: Error) => {
      ctx.log.error('function call failed', { path: request.url, error: String(error.stack ?? error) });
      response.destroy();
    });
  });
  // Nobody tunnels through this server; without a listener it would hang up and say nothing.
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  server.on('upgrade', (request, socket, head) => {
    // From here on the socket is nobody's but ours, and who hangs up makes it fail.
    socket.on('error', () => socket.destroy());
    if (realtime?.upgrade && request.url?.startsWith('/realtime/v1/')) return realtime.upgrade(request, socket, head);
    socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  limitServer(server, (error) => ctx.log.error('gateway: the server reports', { error: String(error) }));
  return server;
}

/** The body, if there is one, is not read: the connection ends with the answer. */
function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  const headers = { 'content-type': 'application/json', connection: 'close', 'sb-error-code': code };
  response.writeHead(status, headers).end(JSON.stringify({ code, message }));
}

function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as { port: number }).port);
    });
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
  await closed;
  clearTimeout(timer);
}
