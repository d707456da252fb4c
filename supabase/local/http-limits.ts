import type { Server } from 'node:http';

/** How long a request may take to come: who sends a byte now and then must not hold a connection for minutes. */
export const requestLimits = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
};

/** Realtime alone serves a thousand; above this the kernel's own bound on open files would end the listening. */
const connectionsAtMost = 4_000;

/** For a server that listens: what it reports from now on, such as no file left for a connection, ends nothing. */
export function limitServer(server: Server, report: (error: Error) => void): void {
  server.maxConnections = connectionsAtMost;
  server.on('error', report);
}
