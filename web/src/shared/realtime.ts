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

/** Follows a table while the calling scope lives. */
export function useRealtimeTable<Row extends object>(options: RealtimeTableOptions<Row>): void {
  const id = ++sequence;
  let channel: RealtimeChannel | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let rejoin: (() => void) | undefined;
  let attempts = 0;
  let disposed = false;

  function connect(): void {
    channels.set(id, attempts === 0 ? 'connecting' : 'offline');
    const mine = supabase.channel(`${options.table}:${id}:${attempts}`);
    channel = mine;
    mine
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
        if (channel !== mine || message.extension !== 'postgres_changes') return;
        if (message.status === 'ok') {
          attempts = 0;
          channels.set(id, 'live');
          options.onLive();
        } else {
          channels.set(id, 'offline');
        }
      })
      .subscribe((status) => {
        if (disposed || channel !== mine) return;
        if (status === 'SUBSCRIBED') options.onLive();
        else reconnectLater(mine);
      });
  }

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
      void supabase.removeChannel(failed);
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
    if (channel) void supabase.removeChannel(channel);
  });
}
