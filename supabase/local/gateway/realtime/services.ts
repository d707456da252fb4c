import type { Sql } from 'postgres';
import type { GatewayContext } from '../context.ts';
import type { Identity } from './identity.ts';
import type { RealtimeLimits } from './limits.ts';
import type { Presences } from './presence.ts';
import type { Address, Vsn } from './protocol.ts';
import type { Rooms } from './rooms.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What all connections share. */
export interface Services {
  ctx: GatewayContext;
  /** Logged in as `postgres`, whose rights a policy that escapes its role would get. */
  sql: Sql;
  limits: RealtimeLimits;
  rooms: Rooms;
  presences: Presences;
  subscriptions: Subscriptions;
  replication: { readonly isLive: boolean };
}

/** A channel's way to its client. */
export interface Link {
  vsn: Vsn;
  /** Of the connection's API key or token; a channel joined without a token acts as it. */
  identity: Identity;
  /** JSON of what policies may read of the request. */
  headers: string;
  send(address: Address, payload: string): void;
  sendBytes(bytes: Uint8Array): void;
}
