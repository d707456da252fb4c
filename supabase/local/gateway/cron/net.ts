import type { Sql } from 'postgres';
import type { Logger } from '../context.ts';

interface QueuedRequest {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string> | null;
  body: Uint8Array | null;
  timeout_milliseconds: number;
}

interface Reply {
  status: number | null;
  contentType: string | null;
  headers: Record<string, string> | null;
  content: string | null;
  timedOut: boolean | null;
  error: string | null;
}

const batchSize = 50;

/** Sends what net.http_* queued. Woken by the queue's NOTIFY, which PostgreSQL delivers after commit. */
export class NetQueue {
  readonly #sql: Sql;
  readonly #log: Logger;
  #draining: Promise<void> | undefined;
  #again = false;
  readonly #stopping = new AbortController();

  constructor(sql: Sql, log: Logger) {
    this.#sql = sql;
    this.#log = log;
  }

  wake(): void {
    this.#again = true;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      if (this.#again && !this.#stopping.signal.aborted) this.wake();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      try {
        while ((await this.#sendBatch()) === batchSize);
      } catch (error) {
        if (!this.#stopping.signal.aborted)
          this.#log.error('net: the queue could not be read', { cause: String(error) });
      }
    }
  }

  /** Taken from the queue before it is sent, as pg_net does: a request goes out once at most. */
  async #sendBatch(): Promise<number> {
    const requests = await this.#sql<QueuedRequest[]>`
      delete from net.http_request_queue where id in (
        select id from net.http_request_queue order by id limit ${batchSize} for update skip locked
      ) returning id, method, url, headers, body, timeout_milliseconds`;
    // A reply that cannot be kept costs its own row, as when a server of pg_net falls.
    const kept = await Promise.allSettled(requests.map((request) => this.#send(request)));
    for (const one of kept)
      if (one.status === 'rejected') this.#log.error('net: a reply could not be kept', { cause: String(one.reason) });
    return requests.length;
  }

  async #send(request: QueuedRequest): Promise<void> {
    const reply = await this.#exchange(request);
    await this.#sql`
      insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
      values (${request.id}, ${reply.status}, ${reply.contentType}, ${this.#sql.json(reply.headers)}, ${reply.content},
        ${reply.timedOut}, ${reply.error})`;
  }

  async #exchange({ method, url, headers, body, timeout_milliseconds }: QueuedRequest): Promise<Reply> {
    try {
      const response = await fetch(url, {
        method,
        headers: { 'user-agent': 'pg_net', ...headers },
        signal: AbortSignal.any([AbortSignal.timeout(timeout_milliseconds), this.#stopping.signal]),
        ...(body ? { body: new Uint8Array(body) } : {}),
      });
      const content = await response.text();
      return {
        status: response.status,
        contentType: response.headers.get('content-type'),
        headers: Object.fromEntries(response.headers),
        // PostgreSQL's text cannot hold a NUL.
        content: content.replaceAll('\0', ''),
        timedOut: false,
        error: null,
      };
    } catch (error) {
      const timedOut = (error as Error).name === 'TimeoutError';
      const cause = (error as Error).cause;
      const reason = timedOut
        ? `Timeout of ${timeout_milliseconds} ms reached`
        : cause instanceof Error
          ? cause.message
          : (error as Error).message;
      return {
        status: null,
        contentType: null,
        headers: null,
        content: null,
        timedOut: timedOut ? true : null,
        error: reason,
      };
    }
  }
}
