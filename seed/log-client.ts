import { randomUUID } from 'node:crypto';
import { knownFeatures } from '../supabase/contracts/constants/usage.ts';
import { tellLines } from './log-lines.ts';
import type { Random } from './random.ts';
import { codeOf, type Send } from './send.ts';
import type { Desktop } from './support-client.ts';

export interface LogClientOptions {
  url: string;
  send: Send;
  random: Random;
}

const tries = 3;

/** The part of a desktop client that reports what it was used for and what went wrong. */
export class LogClient {
  readonly #desktop: Desktop;
  readonly #options: LogClientOptions;
  #messages = 0;
  #queries = 0;
  #errors = 0;
  readonly counts = new Map<string, number>();

  constructor(desktop: Desktop, options: LogClientOptions) {
    this.#desktop = desktop;
    this.#options = options;
  }

  /** Sends the lines of one occasion and the counters of the day; the same again when no answer came. */
  async report(now: number): Promise<void> {
    const { url, send, random } = this.#options;
    const { license_key, hwid, version } = this.#desktop;
    // What the occasion says last has just happened.
    const told = tellLines(random, { version }, now);
    const late = Math.max(0, Date.parse(told.at(-1)!.occurred_at) - now);
    const logs = told.map((line) => ({
      ...line,
      version,
      occurred_at: new Date(Date.parse(line.occurred_at) - late).toISOString(),
    }));
    this.#messages += random.int(0, 40);
    this.#queries += random.int(0, 8);
    this.#errors += logs.filter(({ level }) => level === 'error').length;
    const usage = {
      date: new Date(now).toISOString().slice(0, 10),
      messages_sent: this.#messages,
      ai_queries: this.#queries,
      errors_count: this.#errors,
    };
    const features = { [random.pick(knownFeatures)]: 1 };
    const body = JSON.stringify({ license_key, hwid, idempotency_key: randomUUID(), usage: [usage], features, logs });
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      const answer = await send(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      if (answer.status === 202) {
        this.#count('lines', logs.length);
        return;
      }
      if (attempt === tries || (answer.status >= 400 && answer.status < 500))
        this.#count(`report ${codeOf(answer)}`, 1);
      if (answer.status >= 400 && answer.status < 500) return;
    }
  }

  #count(what: string, times: number): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }
}
