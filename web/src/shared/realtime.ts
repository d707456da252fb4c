import type { RealtimeChannel, RealtimePostgresChangesPayload } from '@supabase/supabase-js';
import { computed, onScopeDispose, reactive, watch, type ComputedRef } from 'vue';
import { doubtConnection, offline } from '@/base/connection.ts';
import { supabase } from '@/base/supabase.ts';

export type ConnectionState = 'connecting' | 'live' | 'offline';

const channels = reactive(new Map<number, ConnectionState>());
let sequence = 0;

/** State of all subscriptions together, for the shell. */
export function useRealtimeState(): ComputedRef<ConnectionState> {
  return computed(() => {
    const states = [...channels.values()];
    if (offline.value || states.includes('offline')) return 'offline';
    return states.length > 0 && states.every((state) => state === 'live') ? 'live' : 'connecting';
  });
}

export interface RealtimeTableOptions<Row extends object> {
  table: string;
  event?: 'INSERT' | 'UPDATE' | 'DELETE' | '*';
  /** One condition only (`column=eq.value`): older servers know no more. */
  filter?: string;
  onChange(change: RealtimePostgresChangesPayload<Row & Record<string, unknown>>): void;
  /**
   * The database subscription is live (first time, or again after a cut): read again what may have changed before.
   * `SUBSCRIBED` alone comes before the write-ahead log is followed, so both moments call it.
   */
  onLive(): void;
}

const RETRY_DELAYS = [1_000, 2_000, 5_000, 10_000, 30_000];

interface Join {
  /** Makes the channel of an attempt. */
  make(id: number, attempts: number): RealtimeChannel;
  /** What is listened to. `live` and `lost` say how it goes; they do nothing for a channel that was left. */
  listen(channel: RealtimeChannel, live: () => void, lost: () => void): RealtimeChannel;
  onSubscribed(live: () => void): void;
  /** Others join it too: what has to be over before it is joined, and the leaving of it. */
  before?(): Promise<unknown> | undefined;
  onLeave?(gone: Promise<unknown>): void;
}

/** Joins a channel while the calling scope lives, and again after each cut. */
export function useChannel({ make, listen, onSubscribed, before, onLeave }: Join): void {
  const id = ++sequence;
  let channel: RealtimeChannel | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let rejoin: (() => void) | undefined;
  let attempts = 0;
  let disposed = false;

  function connect(): void {
    channels.set(id, attempts === 0 ? 'connecting' : 'offline');
    const gone = before?.();
    if (gone) return void gone.finally(() => disposed || connect());
    const mine = make(id, attempts);
    channel = mine;
    const isMine = () => !disposed && channel === mine;
    const live = () => {
      if (!isMine()) return;
      attempts = 0;
      channels.set(id, 'live');
    };
    listen(mine, live, () => isMine() && channels.set(id, 'offline')).subscribe((status) => {
      if (!isMine()) return;
      if (status === 'SUBSCRIBED') onSubscribed(live);
      else reconnectLater(mine);
    });
  }

  const leave = (left: RealtimeChannel): void => {
    const gone = supabase.removeChannel(left);
    onLeave?.(gone);
  };

  // The server closes a channel whose token ran out; the next one joins with the token of that moment.
  function reconnectLater(failed: RealtimeChannel): void {
    channels.set(id, 'offline');
    doubtConnection();
    if (timer) return;
    rejoin = () => {
      clearTimeout(timer);
      timer = rejoin = undefined;
      if (disposed) return;
      channel = undefined;
      leave(failed);
      attempts += 1;
      connect();
    };
    timer = setTimeout(rejoin, RETRY_DELAYS[Math.min(attempts, RETRY_DELAYS.length - 1)]);
  }

  connect();
  // The network is back: no need to sit out what is left of the wait.
  watch(offline, (cut) => void (cut || rejoin?.()));
  onScopeDispose(() => {
    disposed = true;
    clearTimeout(timer);
    channels.delete(id);
    if (channel) leave(channel);
  });
}

/** Follows a table while the calling scope lives. */
export function useRealtimeTable<Row extends object>(options: RealtimeTableOptions<Row>): void {
  useChannel({
    make: (id, attempts) => supabase.channel(`${options.table}:${id}:${attempts}`),
    listen: (channel, live, lost) =>
      channel
        .on(
          'postgres_changes',
          {
            // The overloads know one event each.
            event: (options.event ?? '*') as '*',
            schema: 'public',
            table: options.table,
            ...(options.filter ? { filter: options.filter } : {}),
          },
          options.onChange,
        )
        .on('system', {}, (message: { extension?: string; status?: string }) => {
          if (message.extension !== 'postgres_changes') return;
          if (message.status !== 'ok') return lost();
          live();
          options.onLive();
        }),
    onSubscribed: () => options.onLive(),
  });
}
