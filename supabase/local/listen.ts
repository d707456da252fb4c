import { serve, type ServerType } from '@hono/node-server';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { portTaken } from './errors.ts';
import { portHolder } from './port-holder.ts';
import { limitServer, requestLimits } from './http-limits.ts';

export interface Listener {
  server: ServerType;
  port: number;
  url: string;
  stop(): Promise<void>;
}

/** Serves on loopback only; port 0 takes any free one. */
export function listen(fetch: Parameters<typeof serve>[0]['fetch'], port: number, use: string): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const options = { fetch, port, hostname: '127.0.0.1', serverOptions: requestLimits };
    const server = serve(options, (address: AddressInfo) => {
      server.off('error', onError);
      limitServer(server as Server, (error) => console.error(`${use}: the server reports ${String(error)}`));
      resolve({ server, port: address.port, url: `http://127.0.0.1:${address.port}`, stop: () => stopServer(server) });
    });
    const onError = (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? portTaken(port, use, portHolder(port)) : error);
    server.once('error', onError);
  });
}

/** Answers under way get two seconds, then their sockets are closed. */
function stopServer(server: ServerType): Promise<void> {
  return new Promise((resolve, reject) => {
    // A kept-alive connection that becomes idle after close() would be waited for.
    const sweep = setInterval(() => 'closeIdleConnections' in server && server.closeIdleConnections(), 50);
    const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), 2000);
    server.close((error) => {
      clearInterval(sweep);
      clearTimeout(cut);
      if (error) reject(error);
      else resolve();
    });
  });
}
