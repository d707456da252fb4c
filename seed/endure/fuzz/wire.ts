import { connect } from 'node:net';

export interface RawRequest {
  method: string;
  /** As it stands in the first line. */
  target: string;
  /** Lines as they are sent, in latin1. */
  headers: string[];
  body: Buffer;
}

export interface RawAnswer {
  /** Undefined when the connection ended without an answer. */
  status: number | undefined;
  text: string;
}

const patienceMilliseconds = 20_000;

/** A request as bytes, which no client library would send, from an address of loopback's own. */
export function sendRaw(port: number, from: string, request: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    const end = (reason = '') => {
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      resolve({ status: status === undefined ? undefined : Number(status), text: text || reason });
    };
    socket.setTimeout(patienceMilliseconds, () => end('no answer in time'));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error) => end(String(error)));
    socket.on('close', () => end('closed without an answer'));
    const head = [`${request.method} ${request.target} HTTP/1.1`, ...request.headers, '', ''].join('\r\n');
    socket.write(Buffer.concat([Buffer.from(head, 'latin1'), request.body]));
  });
}
