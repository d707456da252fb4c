import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { LogicalReplicationService, PgoutputPlugin, type Pgoutput } from 'pg-logical-replication';
import type { Sql } from 'postgres';
import type { Logger } from '../context.ts';

/** Text as PostgreSQL writes it, null, or absent: an unchanged value that was stored apart is not in the log. */
export type Tuple = Record<string, string | null | undefined>;

export interface RowChange {
  type: 'INSERT' | 'UPDATE' | 'DELETE';
  relation: Pgoutput.MessageRelation;
  /** INSERT and UPDATE. */
  new: Tuple | null;
  /** The old key (when it changed) or, with replica identity full, the whole old row. */
  old: Tuple | null;
  committedAt: Date;
  /** Of the transaction, its low 32 bits. The log tells of a commit a moment before other sessions see it. */
  xid: number;
}

export interface ReplicationOptions {
  url: string;
  /** To look after the slot. */
  sql: Sql;
  log: Logger;
  /** A promise holds the stream back until it is settled. */
  onChange(change: RowChange): Promise<void> | void;
  /** From now on every commit is seen. */
  onLive(): void;
  /** What is committed from now until `onLive` is not seen. */
  onLost(): void;
}

const publications = ['supabase_realtime', 'supabase_realtime_messages_publication'];
/** The forms `to_jsonb` starts from, whatever the database's own settings are. */
const sessionSettings =
  '-c DateStyle=ISO -c TimeZone=UTC -c IntervalStyle=postgres -c extra_float_digits=1 -c bytea_output=hex';
const retryDelays = [50, 100, 250, 500, 1_000, 2_000, 5_000];

/** One stream for all subscribers, over a temporary slot: it ends with its connection and holds back no log. */
export class Replication {
  #options: ReplicationOptions;
  #running: Promise<void> | undefined;
  #service: LogicalReplicationService | undefined;
  #slot: string | undefined;
  #stopping = new AbortController();
  #attempts = 0;
  isLive = false;

  constructor(options: ReplicationOptions) {
    this.#options = options;
  }

  /** From the first call on the stream is kept until `stop`. */
  start(): void {
    if (!this.#stopping.signal.aborted) this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#service?.stop().catch(() => undefined);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const failure = await this.#follow().then(
        () => new Error('the server ended the stream'),
        (error: unknown) => error,
      );
      if (this.isLive) {
        this.isLive = false;
        this.#options.onLost();
      }
      await this.#endSlot();
      if (signal.aborted) return;
      this.#options.log.warn('realtime: the replication stream broke, connecting again', { error: String(failure) });
      const wait = retryDelays[Math.min(this.#attempts++, retryDelays.length - 1)];
      await delay(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Settles when the stream ends. */
  async #follow(): Promise<void> {
    const service = new LogicalReplicationService(
      { connectionString: this.#options.url, options: sessionSettings },
      { acknowledge: { auto: false, timeoutSeconds: 10 }, flowControl: { enabled: true } },
    );
    const slot = (this.#slot = `realtime_${randomBytes(8).toString('hex')}`);
    let failure: unknown;
    const end = (error: unknown) => {
      failure ??= error;
      service.stop().catch(() => undefined);
    };
    let transaction = { committedAt: new Date(0), xid: 0 };
    service.on('data', (_lsn: string, message: Pgoutput.Message) => {
      if (message.tag === 'begin')
        transaction = {
          committedAt: new Date(Number(BigInt(message.commitTime as bigint) / 1000n)),
          xid: message.xid >>> 0,
        };
      const change = changeOf(message, transaction);
      return change && this.#options.onChange(change);
    });
    // A shutting down server waits for this answer.
    service.on(
      'heartbeat',
      (lsn: string, _time: number, mustAnswer: boolean) => void (mustAnswer && service.acknowledge(lsn)),
    );
    service.on('error', end);
    service.on('start', () => {
      if (this.#stopping.signal.aborted) return void service.stop().catch(() => undefined);
      this.isLive = true;
      this.#attempts = 0;
      this.#options.onLive();
    });
    this.#service = service;
    try {
      if (!this.#stopping.signal.aborted) await service.subscribe(new TextPlugin(end), slot);
    } finally {
      await service.destroy();
    }
    if (failure) throw failure;
  }

  /** The server notices a closed connection only when it next writes; until then the slot keeps the database busy. */
  async #endSlot(): Promise<void> {
    if (!this.#slot) return;
    try {
      await this.#options.sql`select pg_terminate_backend(active_pid, 4000) from pg_replication_slots
        where slot_name = ${this.#slot} and active_pid is not null`;
      this.#slot = undefined;
    } catch (error) {
      this.#options.log.warn('realtime: could not end the replication slot', {
        slot: this.#slot,
        error: String(error),
      });
    }
  }
}

/** Values stay text, the slot is made on the stream's own connection, and what cannot be read ends the stream only. */
class TextPlugin extends PgoutputPlugin {
  #fail: (error: unknown) => void;

  constructor(fail: (error: unknown) => void) {
    super({ protoVersion: 1, publicationNames: publications });
    this.#fail = fail;
  }

  override async start(client: Client, slot: string, lsn: string): Promise<unknown> {
    await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
    return super.start(client, slot, lsn);
  }

  override parse(buffer: Buffer): Pgoutput.Message {
    try {
      const message = super.parse(buffer);
      if (message.tag === 'relation') for (const column of message.columns) column.parser = (text: string) => text;
      return message;
    } catch (error) {
      this.#fail(error);
      return { tag: 'origin', originLsn: null, originName: '' };
    }
  }
}

function changeOf(
  message: Pgoutput.Message,
  transaction: Pick<RowChange, 'committedAt' | 'xid'>,
): RowChange | undefined {
  switch (message.tag) {
    case 'insert':
      return { ...transaction, type: 'INSERT', relation: message.relation, new: message.new, old: null };
    case 'update':
      return {
        ...transaction,
        type: 'UPDATE',
        relation: message.relation,
        new: message.new,
        old: message.old ?? message.key,
      };
    case 'delete':
      return {
        ...transaction,
        type: 'DELETE',
        relation: message.relation,
        new: null,
        old: message.old ?? message.key,
      };
    default:
      return undefined;
  }
}
