import { readAccess, writeAccess, everything, type Access } from './authorization.ts';
import { identify, realtimeErrors, RealtimeError, secondsSinceExpiry, type Identity } from './identity.ts';
import { readToken, type JoinConfig } from './join.ts';
import { replayMessages } from './messages.ts';
import { encodeBinaryBroadcast, isObject, type Frame } from './protocol.ts';
import { roomOf, type Broadcast, type Member } from './rooms.ts';
import type { Link, Services } from './services.ts';
import { BindingError, checkBinding, type Subscriber, type Subscription } from './subscriptions.ts';

/** One client in one room. Its frames are handled one after the other. */
export class Channel implements Member, Subscriber {
  readonly room: string;
  readonly #services: Services;
  readonly #link: Link;
  readonly #topic: string;
  readonly #joinRef: string | null;
  readonly #config: JoinConfig;
  readonly #ids: number[];
  readonly #onClose: () => void;
  #identity: Identity;
  #read: Access;
  #write: Promise<Access> | undefined;
  #subscriptions: Subscription[] = [];
  #hasPresence: boolean;
  #presenceCalls: number[] = [];
  #isOpen = true;

  private constructor(
    services: Services,
    link: Link,
    frame: Frame,
    config: JoinConfig,
    identity: Identity,
    read: Access,
    onClose: () => void,
  ) {
    this.#services = services;
    this.#link = link;
    this.#topic = nameOf(frame.topic);
    this.#joinRef = frame.joinRef ?? frame.ref;
    this.#config = config;
    this.#identity = identity;
    this.#read = read;
    this.#hasPresence = config.presence.enabled;
    this.#onClose = onClose;
    this.#ids = config.bindings.map(services.subscriptions.nextId);
    this.room = roomOf(this.#topic, config.isPrivate);
  }

  /** Throws RealtimeError when the client may not come in. */
  static async open(
    services: Services,
    link: Link,
    frame: Frame,
    config: JoinConfig,
    onClose: () => void,
  ): Promise<Channel> {
    const identity = config.token ? await identify(services.ctx, config.token) : link.identity;
    const topic = nameOf(frame.topic);
    assertAlive(services, identity);
    const read = config.isPrivate ? await checkRead(services, identity, topic, link.headers) : everything;
    return new Channel(services, link, frame, config, identity, read, onClose);
  }

  /** Answers the join, then sends what a newcomer gets. */
  async begin(ref: string | null): Promise<void> {
    this.#reply(ref, 'ok', {
      postgres_changes: this.#config.sentBindings.map((sent, index) => ({ ...sent, id: this.#ids[index] })),
    });
    this.#services.rooms.enter(this);
    this.#sendPresenceState();
    const { replay } = this.#config.broadcast;
    if (replay && this.#config.isPrivate && this.#read.broadcast) {
      for (const message of await replayMessages(this.#services.sql, this.#topic, replay))
        this.receiveBroadcast(message);
    }
    await this.#subscribe();
    if (this.#config.broadcast.tellsReplication && this.#services.replication.isLive) this.#tellReplication(true);
  }

  async handle({ event, ref, payload }: Frame): Promise<void> {
    if (!this.#isOpen || this.closeIfExpired()) return;
    if (event === 'access_token') await this.#renew(readToken(payload));
    else if (event === 'broadcast') await this.#broadcast(ref, payload);
    else if (event === 'presence') await this.#present(ref, payload);
    else if (event === 'phx_leave') {
      this.#reply(ref, 'ok', {});
      this.close();
    }
  }

  receiveBroadcast({ event, payload, meta }: Broadcast): void {
    if (!this.#read.broadcast || this.closeIfExpired()) return;
    const topic = `realtime:${this.#topic}`;
    if (typeof payload === 'string') {
      const rest = meta ? `,"meta":${JSON.stringify(meta)}` : '';
      this.#link.send(
        { joinRef: null, ref: null, topic, event: 'broadcast' },
        `{"type":"broadcast","event":${JSON.stringify(event)},"payload":${payload}${rest}}`,
      );
    } else if (this.#link.vsn === '2.0.0') {
      const bytes = encodeBinaryBroadcast({ topic, event, payload, meta });
      if (bytes) this.#link.sendBytes(bytes);
    }
  }

  receivePresence(event: 'presence_state' | 'presence_diff', payload: object): void {
    if (this.#hasPresence && this.#read.presence && !this.closeIfExpired()) this.#push(event, JSON.stringify(payload));
  }

  receiveChange(ids: number[], data: string): void {
    if (this.#isOpen && !this.closeIfExpired())
      this.#push('postgres_changes', `{"ids":${JSON.stringify(ids)},"data":${data}}`);
  }

  /** The client joins again by itself, and reads again. */
  missChanges(): void {
    if (!this.#isOpen) return;
    this.#push('phx_error', '{}', this.#joinRef);
    this.leave();
  }

  /** The stream of changes broke, or is whole again: then whoever follows it reads again. */
  replicationChanged(isLive: boolean): void {
    if (this.#subscriptions.length > 0) this.#tellChanges(isLive);
    if (this.#config.broadcast.tellsReplication) this.#tellReplication(isLive);
  }

  closeIfExpired(): boolean {
    const { ctx } = this.#services;
    if (this.#identity.expiresAt > ctx.now().getTime()) return false;
    this.close(`Token has expired ${secondsSinceExpiry(ctx, this.#identity.expiresAt)} seconds ago`);
    return true;
  }

  /** Tells the client, with the reason if there is one. */
  close(reason?: string): void {
    if (!this.#isOpen) return;
    if (reason) this.#system('system', 'error', reason);
    this.#push('phx_close', '{}', this.#joinRef);
    this.leave();
  }

  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#unsubscribe();
    this.#services.rooms.leave(this);
    this.#services.presences.untrack(this);
    this.#onClose();
  }

  async #renew(token: string | null): Promise<void> {
    if (!token || token === this.#identity.token) return;
    try {
      const identity = await identify(this.#services.ctx, token);
      if (this.#config.isPrivate)
        this.#read = await checkRead(this.#services, identity, this.#topic, this.#link.headers);
      this.#identity = identity;
      this.#write = undefined;
    } catch (error) {
      if (!(error instanceof RealtimeError)) throw error;
      return this.close(error.message);
    }
    await this.#subscribe();
  }

  async #broadcast(ref: string | null, { event, payload = {} }: Record<string, unknown>): Promise<void> {
    const { ack, self } = this.#config.broadcast;
    if (typeof event !== 'string')
      return ack ? this.#reply(ref, 'error', { reason: 'A broadcast must name its event' }) : undefined;
    const content = payload instanceof Uint8Array ? payload : JSON.stringify(payload);
    if (content.length > this.#services.limits.payloadBytes)
      return ack ? this.#reply(ref, 'error', { reason: 'Payload size exceeded' }) : undefined;
    // As hosted: no answer at all.
    if (this.#config.isPrivate && !(await this.#mayWrite()).broadcast) return;
    this.#services.rooms.broadcast(this.room, { event, payload: content }, self ? undefined : this);
    if (ack) this.#reply(ref, 'ok', {});
  }

  async #present(ref: string | null, { event, payload = {} }: Record<string, unknown>): Promise<void> {
    const { presences, limits } = this.#services;
    const now = performance.now();
    this.#presenceCalls = this.#presenceCalls.filter((time) => time > now - limits.presenceWindowMilliseconds);
    if (this.#presenceCalls.push(now) > limits.presenceCalls) return this.close('Client presence rate limit exceeded');
    if (event === 'untrack') presences.untrack(this);
    else if (event !== 'track' || !isObject(payload))
      return this.#reply(ref, 'error', { reason: 'Unknown presence event or payload' });
    else if (JSON.stringify(payload).length > limits.payloadBytes)
      return this.#reply(ref, 'error', { reason: 'Payload size exceeded' });
    else if (this.#config.isPrivate && !(await this.#mayWrite()).presence)
      return this.#reply(ref, 'error', { reason: 'Unauthorized' });
    else this.#track(payload);
    this.#reply(ref, 'ok', {});
  }

  #track(payload: Record<string, unknown>): void {
    // The connection may have ended while policies were asked.
    if (!this.#isOpen) return;
    this.#services.presences.track(this, this.#config.presence.key, payload);
    if (this.#hasPresence) return;
    this.#hasPresence = true;
    this.#sendPresenceState();
  }

  #sendPresenceState(): void {
    this.receivePresence('presence_state', this.#services.presences.state(this.room));
  }

  /** Asked at the first write, and again after a new token. A policy that fails allows nothing. */
  #mayWrite(): Promise<Access> {
    const caller = { identity: this.#identity, topic: this.#topic, headers: this.#link.headers };
    return (this.#write ??= writeAccess(this.#services.sql, caller).catch((error: unknown) => {
      this.#services.ctx.log.warn('realtime: a policy check failed', {
        topic: this.#topic,
        error: String((error as Error).cause ?? error),
      });
      return { broadcast: false, presence: false };
    }));
  }

  /** What the channel has already stays until the new stands: a change in between must not be missed. */
  async #subscribe(): Promise<void> {
    const { sql, subscriptions, replication } = this.#services;
    if (this.#config.bindings.length === 0) return;
    const identity = this.#identity;
    let next: Subscription[];
    try {
      const checked = await Promise.all(
        this.#config.bindings.map((binding) => checkBinding(sql, identity.role, binding)),
      );
      if (!this.#isOpen) return;
      next = this.#config.bindings.map((binding, index) => {
        const conditions = checked[index]!;
        return {
          ...binding,
          conditions,
          filterKey: JSON.stringify(conditions),
          id: this.#ids[index]!,
          identity,
          subscriber: this,
          isActive: true,
        };
      });
    } catch (error) {
      if (!(error instanceof BindingError)) throw error;
      this.#unsubscribe();
      return this.#system('postgres_changes', 'error', error.message);
    }
    subscriptions.replace(this.#subscriptions, next);
    this.#subscriptions = next;
    if (replication.isLive) this.#tellChanges(true);
  }

  #unsubscribe(): void {
    for (const subscription of this.#subscriptions) this.#services.subscriptions.remove(subscription);
    this.#subscriptions = [];
  }

  #tellChanges(isLive: boolean): void {
    if (isLive) this.#system('postgres_changes', 'ok', 'Subscribed to PostgreSQL');
    else this.#system('postgres_changes', 'error', 'Subscription to PostgreSQL was interrupted');
  }

  #tellReplication(isLive: boolean): void {
    this.#system(
      'system',
      isLive ? 'ok' : 'error',
      isLive ? 'Replication connection established' : 'Replication connection lost',
    );
  }

  #system(extension: string, status: 'ok' | 'error', message: string): void {
    this.#push('system', JSON.stringify({ message, status, extension, channel: this.#topic }));
  }

  #reply(ref: string | null, status: 'ok' | 'error', response: object): void {
    this.#push('phx_reply', JSON.stringify({ status, response }), ref);
  }

  #push(event: string, payload: string, ref: string | null = null): void {
    this.#link.send({ joinRef: this.#joinRef, ref, topic: `realtime:${this.#topic}`, event }, payload);
  }
}

export const nameOf = (topic: string) => topic.replace(/^realtime:/, '');

function assertAlive({ ctx }: Services, identity: Identity): void {
  if (identity.expiresAt <= ctx.now().getTime())
    throw realtimeErrors.expired(secondsSinceExpiry(ctx, identity.expiresAt));
}

async function checkRead({ sql }: Services, identity: Identity, topic: string, headers: string): Promise<Access> {
  const access = await readAccess(sql, { identity, topic, headers });
  if (!access.broadcast && !access.presence) throw realtimeErrors.mayNotRead(topic);
  return access;
}
