import type { OutgoingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** How long a request may take to come: who sends a byte now and then must not hold a connection for minutes. */
export const requestLimits = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
};

/** Realtime alone serves a thousand; above this the kernel's own bound on open files would end the listening. */
const connectionsAtMost = 4_000;

/** How much of what a refused caller still sends is thrown away, and how long, before he is cut off. */
const restAtMost = { bytes: 8 * 1024 * 1024, milliseconds: 3_000 };

const refusals: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * As Node answers what it cannot read. Closed with bytes unread a connection is reset, and the answer lost with it: the
 * rest of a head is therefore taken in first.
 */
function refuse(error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: OutgoingMessage | null }): void {
  const underway = socket._httpMessage;
  if (!socket.writable || underway?.headersSent) return void socket.destroy();
  const answer = `HTTP/1.1 ${refusals[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`;
  if (underway || !error.code?.startsWith('HPE_')) {
    socket.write(answer);
    return void socket.destroy();
  }
  socket.end(answer);
  const timer = setTimeout(() => socket.destroy(), restAtMost.milliseconds);
  let taken = 0;
  socket
    .removeAllListeners('data')
    .on('data', (chunk: Buffer) => (taken += chunk.length) > restAtMost.bytes && socket.destroy())
    .once('end', () => socket.destroy())
    .once('close', () => clearTimeout(timer));
}

/** For a server that listens: what it reports from now on, such as no file left for a connection, ends nothing. */
export function limitServer(server: Server, report: (error: Error) => void): void {
  server.maxConnections = connectionsAtMost;
  server.on('error', report);
  const refused = new WeakSet<Socket>();
  server.on('clientError', (error, socket: Socket) => {
    if (refused.has(socket)) return;
    refused.add(socket);
    refuse(error, socket);
  });
}
