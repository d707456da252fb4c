import type { OwnLine } from '../log.ts';
import { type LogLine, readLines } from './lines.ts';
import type { Masks } from './masks.ts';

/** All lines of the Edge Functions; which of them spoke is in the context. */
const SOURCE = 'Edge Functions';
const MOST_WAITING = 200;
const FLUSH_MS = 500;
const TRIES = 5;

interface Options {
  /** Name of the function. */
  name: string;
  masks(): Promise<Masks>;
  /** Writes a batch; the same key is the same batch. */
  write(key: string, lines: LogLine[]): Promise<void>;
  /** Runs later, and keeps the isolate alive until then. */
  later(work: () => Promise<void>, milliseconds: number): void;
}

/**
 * Keeps what a function says in the product's own log: gathered for half a second, masked like every line, tried again
 * while the database is away. Of a flood the first 200 lines are kept, and how many were not.
 */
export function createOwnLines({ name, masks, write, later }: Options): (line: OwnLine) => void {
  let waiting: OwnLine[] = [];
  let leftOut = 0;
  let isPlanned = false;

  async function flush(): Promise<void> {
    const [lines, missing] = [waiting, leftOut];
    [waiting, leftOut, isPlanned] = [[], 0, false];
    const sent = lines.map((line) => asSent(line, name));
    if (missing > 0)
      sent.push({
        level: 'error',
        message: `${missing} more lines were left out`,
        stack: null,
        context: { function: name },
        occurred_at: Date.now(),
      });
    await attempt(crypto.randomUUID(), sent, 1);
  }

  async function attempt(key: string, sent: object[], tried: number): Promise<void> {
    try {
      await write(key, readLines(sent, { masks: await masks(), now: Date.now(), source: SOURCE }).lines);
    } catch (error) {
      if (tried < TRIES) later(() => attempt(key, sent, tried + 1), FLUSH_MS * 3 ** tried);
      else console.error(`${sent.length} lines of ${name} could not be kept`, error);
    }
  }

  return (line) => {
    if (waiting.length >= MOST_WAITING) leftOut += 1;
    else waiting.push(line);
    if (isPlanned) return;
    isPlanned = true;
    later(flush, FLUSH_MS);
  };
}

function asSent({ message, error, details, at }: OwnLine, name: string) {
  const isError = error instanceof Error;
  return {
    level: 'error',
    message: isError ? `${message}: ${error.message}` : message,
    stack: isError ? (error.stack ?? null) : null,
    context: {
      function: name,
      ...(isError && 'code' in error ? { code: String(error.code) } : {}),
      ...(isError && error.cause instanceof Error ? { cause: error.cause.message } : {}),
      ...(details.length > 0 ? { details: details.map(readable) } : {}),
    },
    occurred_at: at,
  };
}

/** What JSON can say of it. */
function readable(detail: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(detail) ?? 'null');
  } catch {
    return String(detail);
  }
}
