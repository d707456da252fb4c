import { WebSocket } from 'ws';
import { Channel, nameOf } from './channel.ts';
import { RealtimeError, realtimeErrors, type Identity } from './identity.ts';
import { readJoin } from './join.ts';
import { decodeFrame, encodeFrame, FrameError, type Address, type Frame, type Vsn } from './protocol.ts';
import type { Link, Services } from './services.ts';

export interface Handshake {
  vsn: Vsn;
  identity: Identity;
  headers: string;
}

/** One web socket with its channels. */
export class Connection implements Link {
  readonly vsn: Vsn;
  readonly identity: Identity;
  readonly headers: string;
  readonly #services: Services;
  readonly #socket: WebSocket;
  readonly #channels = new Map<string, Channel>();
  readonly #tasks = new Map<string, Promise<void>>();
  #joining = 0;
  #pending = 0;
  #lastSeen = performance.now();

  constructor(services: Services, socket: WebSocket, { vsn, identity, headers }: Handshake) {
    this.#services = services;
    this.#socket = socket;
    this.vsn = vsn;
    this.identity = identity;
    this.headers = headers;
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('pong', () => (this.#lastSeen = performance.now()));
    socket.on('error', (error) => services.ctx.log.info('realtime: a connection failed', { error: String(error) }));
    socket.on('close', () => this.#leaveAll());
  }

  get channels(): Channel[] {
    return [...this.#channels.values()];
  }

  send(address: Address, payload: string): void {
    this.#write(encodeFrame(this.vsn, address, payload));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#write(bytes);
  }

  /** Ends what is silent or no longer allowed. */
  sweep(): void {
    for (const channel of this.channels) channel.closeIfExpired();
    if (performance.now() - this.#lastSeen > this.#services.limits.idleMilliseconds) this.#socket.terminate();
  }

  /** Resolves when the client has closed too, or has had time enough. */
  async close(graceMilliseconds: number): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.close(1001, 'The server is stopping');
    const timer = setTimeout(() => this.#socket.terminate(), graceMilliseconds);
    await closed;
    clearTimeout(timer);
    await Promise.all(this.#tasks.values());
  }

  /** A client that does not read is cut off before what waits for it fills the memory. */
  #write(data: string | Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > this.#services.limits.bufferBytes) {
      this.#services.ctx.log.warn('realtime: a client reads too slowly, its connection is closed', {
        waiting: this.#socket.bufferedAmount,
        sub: this.identity.claims.sub,
      });
      this.#socket.terminate();
      this.#leaveAll();
      return;
    }
    this.#socket.send(data);
  }

  #leaveAll(): void {
    for (const channel of this.channels) channel.leave();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#lastSeen = performance.now();
    let frame: Frame;
    try {
      frame = decodeFrame(this.vsn, data, isBinary);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      return this.#socket.close(1003, error.message);
    }
    if (frame.topic === 'phoenix') return this.#reply(frame, 'ok', {});
    this.#enqueue(frame);
  }

  /** Frames of one topic wait for each other; those of another do not. */
  #enqueue(frame: Frame): void {
    const { pendingFrames } = this.#services.limits;
    if (++this.#pending >= pendingFrames) this.#socket.pause();
    const task = (this.#tasks.get(frame.topic) ?? Promise.resolve())
      .then(() => this.#handle(frame))
      .catch((error: unknown) => this.#crash(frame, error))
      .then(() => {
        if (--this.#pending < pendingFrames / 2 && this.#socket.isPaused) this.#socket.resume();
        if (this.#tasks.get(frame.topic) === task) this.#tasks.delete(frame.topic);
      });
    this.#tasks.set(frame.topic, task);
  }

  async #handle(frame: Frame): Promise<void> {
    if (frame.event === 'phx_join') return this.#join(frame);
    const channel = this.#channels.get(frame.topic);
    if (channel) await channel.handle(frame);
    else
      this.#reply(
        frame,
        frame.event === 'phx_leave' ? 'ok' : 'error',
        frame.event === 'phx_leave' ? {} : { reason: 'unmatched topic' },
      );
  }

  async #join(frame: Frame): Promise<void> {
    if (!frame.topic.startsWith('realtime:')) return this.#reply(frame, 'error', { reason: 'unmatched topic' });
    this.#channels.get(frame.topic)?.close();
    this.#joining++;
    try {
      if (nameOf(frame.topic) === '') throw realtimeErrors.topicRequired();
      if (this.#channels.size + this.#joining > this.#services.limits.channelsPerConnection)
        throw realtimeErrors.tooManyChannels();
      const channel = await Channel.open(this.#services, this, frame, readJoin(frame.payload), () => {
        if (this.#channels.get(frame.topic) === channel) this.#channels.delete(frame.topic);
      });
      if (this.#socket.readyState !== WebSocket.OPEN) return;
      this.#channels.set(frame.topic, channel);
      await channel.begin(frame.ref);
    } catch (error) {
      if (!(error instanceof RealtimeError)) throw error;
      if (error.cause && error.code === 'RlsPolicyError')
        this.#services.ctx.log.warn('realtime: a policy check failed', {
          topic: frame.topic,
          error: String(error.cause),
        });
      this.#reply(frame, 'error', { reason: error.reason });
    } finally {
      this.#joining--;
    }
  }

  #reply({ joinRef, ref, topic }: Frame, status: 'ok' | 'error', response: object): void {
    this.send({ joinRef, ref, topic, event: 'phx_reply' }, JSON.stringify({ status, response }));
  }

  /** The client joins again by itself. */
  #crash({ topic, joinRef, ref, event }: Frame, error: unknown): void {
    this.#services.ctx.log.error('realtime: a frame could not be handled', {
      topic,
      event,
      error: String((error as Error).stack ?? error),
    });
    const channel = this.#channels.get(topic);
    if (channel) channel.missChanges();
    else
      this.send(
        { joinRef, ref, topic, event: 'phx_reply' },
        '{"status":"error","response":{"reason":"UnableToHandle: the server failed"}}',
      );
  }
}
