import type { Replay } from './messages.ts';
import { isObject } from './protocol.ts';
import type { Binding } from './subscriptions.ts';

export interface JoinConfig {
  isPrivate: boolean;
  broadcast: { ack: boolean; self: boolean; replay: Replay | null; tellsReplication: boolean };
  presence: { key: string; enabled: boolean };
  bindings: Binding[];
  /** As the client sent them: the reply must repeat them to the letter. */
  sentBindings: Array<Record<string, unknown>>;
  token: string | null;
}

/** Reads the payload of `phx_join`. What is missing has hosted's default; booleans may come as text. */
export function readJoin(payload: Record<string, unknown>): JoinConfig {
  const config = objectOf(payload['config']);
  const broadcast = objectOf(config['broadcast']);
  const presence = objectOf(config['presence']);
  const sent = Array.isArray(config['postgres_changes']) ? config['postgres_changes'].filter(isObject) : [];
  return {
    isPrivate: isTrue(config['private']),
    broadcast: {
      ack: isTrue(broadcast['ack']),
      self: isTrue(broadcast['self']),
      replay: readReplay(broadcast['replay']),
      tellsReplication: isTrue(broadcast['replication_ready']),
    },
    presence: {
      key: typeof presence['key'] === 'string' && presence['key'] ? presence['key'] : crypto.randomUUID(),
      enabled: isTrue(presence['enabled']),
    },
    bindings: sent.map(readBinding),
    sentBindings: sent,
    token: readToken(payload),
  };
}

/** Null when the payload names none, or an API key: those say nothing about a user. */
export function readToken(payload: Record<string, unknown>): string | null {
  const token = payload['access_token'];
  return typeof token === 'string' && token !== '' && !token.startsWith('sb_') ? token : null;
}

function readBinding(sent: Record<string, unknown>): Binding {
  const { event, schema, table, filter, select } = sent;
  const columns = Array.isArray(select) ? select.filter((name) => typeof name === 'string') : [];
  return {
    event: typeof event === 'string' ? event.toUpperCase() : '*',
    schema: typeof schema === 'string' && schema ? schema : 'public',
    table: typeof table === 'string' && table ? table : '*',
    filter: typeof filter === 'string' ? filter : '',
    select: columns.length > 0 ? columns : null,
  };
}

function readReplay(value: unknown): Replay | null {
  if (!isObject(value)) return null;
  const since = Number(value['since']);
  const limit = value['limit'] === undefined ? Number.MAX_SAFE_INTEGER : Number(value['limit']);
  return Number.isFinite(since) && limit > 0 ? { since, limit: Math.floor(limit) } : null;
}

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
const isTrue = (value: unknown) => value === true || value === 'true';
