import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import type { Pool } from 'undici';

export interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  path: string;
  /** Name, value, name, value … */
  headers: string[];
  /** The answer's headers as they came → as the caller gets them. */
  returned(headers: Buffer[]): string[];
  /** A longer body fails with TooLarge. */
  maxBodyBytes: number;
  /** Without an answer after this long the call fails with WallTimeExceeded. */
  wallMilliseconds: number;
}

export class WallTimeExceeded extends Error {}
export class TooLarge extends Error {}
/** The caller hung up: nobody waits for an answer. */
export class CallerGone extends Error {}

const noAnswer = () => new Error('The function ended without an answer');
/** Longer bodies are streamed; shorter ones cost less read whole. */
const wholeBytes = 64 * 1024;

/**
 * Passes a call on to a function, and its answer back, as bytes: making a Request and a Response of
 * each cost three times the CPU. Ends with the answer's last byte, or when either side hangs up after
 * the answer began; fails, the response untouched, when there is none.
 */
export async function passOn(pool: Pool, call: Call): Promise<void> {
  const { request, response } = call;
  const body = hasBody(request) ? await bodyOf(request, call.maxBodyBytes) : null;
  return new Promise<void>((resolve, reject) => {
    let abort: ((cause: Error) => void) | undefined;
    let failure: Error | undefined;
    let ended = false;
    let expected: number | undefined;
    const end = (cause?: Error) => {
      if (ended) return;
      ended = true;
      failure = cause;
      clearTimeout(wall);
      response.off('close', callerGone);
      if (!cause) resolve();
      else if (!response.headersSent) reject(cause);
      else resolve(void response.destroy());
      if (cause) abort?.(cause);
    };
    const callerGone = () => end(new CallerGone());
    const wall = setTimeout(() => end(new WallTimeExceeded()), call.wallMilliseconds);
    response.once('close', callerGone);
    if (response.destroyed) return callerGone();

    // undici's older handlers: only they give headers as bytes, which pass unchanged whatever their encoding.
    pool.dispatch(
      { method: request.method ?? 'GET', path: call.path, headers: call.headers, body },
      {
        onConnect(stop) {
          abort = stop;
          if (failure) stop(failure);
        },
        onHeaders(status, headers, resume) {
          if (status < 200) return true;
          clearTimeout(wall);
          response.writeHead(status, call.returned(headers));
          expected = contentLength(headers);
          response.on('drain', resume);
          return true;
        },
        onData(chunk) {
          // With its last byte in hand, head and body leave in one write.
          if (chunk.length === expected) return Boolean(response.end(chunk));
          return response.write(chunk);
        },
        onComplete() {
          if (!response.headersSent) return end(noAnswer());
          if (!response.writableEnded) response.end();
          end();
        },
        onError: end,
      },
    );
  });
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Buffer> | Readable {
  if (Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) > wholeBytes)
    return limited(request, maxBytes);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new CallerGone()));
  });
}

function limited(request: IncomingMessage, maxBytes: number): Readable {
  let seen = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > maxBytes ? new TooLarge() : null, chunk);
    },
  });
  // Who gets the stream hears of it as long as he wants the body; later nobody does, and unheard it ends the process.
  counted.on('error', () => request.unpipe(counted));
  // A caller who hangs up half-way must not leave the function waiting.
  request.once('close', () => request.complete || counted.destroy(new CallerGone()));
  request.pipe(counted);
  // What the function did not want must not hold the connection. After pipe's own listener, which pauses the request.
  counted.once('close', () => request.resume());
  return counted;
}

function contentLength(headers: Buffer[]): number | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]!.length === 14 && headers[index]!.toString('latin1').toLowerCase() === 'content-length')
      return Number(headers[index + 1]!.toString('latin1'));
  }
  return undefined;
}
