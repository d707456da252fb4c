import { effectScope } from 'vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface FakeChannel {
  topic: string;
  handlers: Record<string, (payload: unknown) => void>;
  status: (status: string) => void;
}
const channels: FakeChannel[] = [];
const removed: string[] = [];
vi.mock('@/base/supabase.ts', () => ({
  supabase: {
    channel(topic: string) {
      const channel = {
        topic,
        handlers: {} as FakeChannel['handlers'],
        status: (_status: string) => {},
        on(kind: string, _filter: unknown, handler: (payload: unknown) => void) {
          channel.handlers[kind] = handler;
          return channel;
        },
        subscribe(callback: (status: string) => void) {
          channel.status = callback;
          return channel;
        },
      };
      channels.push(channel);
      return channel;
    },
    removeChannel: async (channel: FakeChannel) => void removed.push(channel.topic),
  },
}));
vi.unmock('@/shared/realtime.ts');
vi.unmock('@/shared/realtime-broadcast.ts');
const { useRealtimeState, useRealtimeTable } = await import('./realtime.ts');
const { useRealtimeBroadcast } = await import('./realtime-broadcast.ts');

describe('useRealtimeTable()', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    channels.length = 0;
    removed.length = 0;
  });
  afterEach(() => vi.useRealTimers());

  function follow() {
    const onLive = vi.fn();
    const onChange = vi.fn();
    const scope = effectScope();
    const state = scope.run(() => {
      useRealtimeTable({ table: 'licenses', onLive, onChange });
      return useRealtimeState();
    })!;
    return { onLive, onChange, scope, state };
  }

  it('reads again on SUBSCRIBED and once more when the database subscription is live', () => {
    const { onLive, state, scope } = follow();
    expect(state.value).toBe('connecting');
    channels[0]!.status('SUBSCRIBED');
    expect(onLive).toHaveBeenCalledTimes(1);
    expect(state.value).toBe('connecting');
    channels[0]!.handlers.system!({ extension: 'postgres_changes', status: 'ok', message: 'Subscribed to PostgreSQL' });
    expect(onLive).toHaveBeenCalledTimes(2);
    expect(state.value).toBe('live');
    scope.stop();
  });
  it('says offline when closed, joins anew and reads again', () => {
    const { onLive, state, scope } = follow();
    channels[0]!.handlers.system!({ extension: 'postgres_changes', status: 'ok' });
    channels[0]!.status('CLOSED');
    expect(state.value).toBe('offline');
    vi.advanceTimersByTime(1_000);
    expect(channels).toHaveLength(2);
    expect(removed).toEqual([channels[0]!.topic]);
    channels[1]!.handlers.system!({ extension: 'postgres_changes', status: 'ok' });
    expect(state.value).toBe('live');
    expect(onLive).toHaveBeenCalledTimes(2);
    scope.stop();
  });
  it('waits longer after each failure', () => {
    const { scope } = follow();
    channels[0]!.status('CHANNEL_ERROR');
    vi.advanceTimersByTime(1_000);
    channels[1]!.status('TIMED_OUT');
    vi.advanceTimersByTime(1_999);
    expect(channels).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(channels).toHaveLength(3);
    scope.stop();
  });
  it('leaves for good with its scope', () => {
    const { scope } = follow();
    scope.stop();
    channels[0]!.status('CLOSED');
    vi.advanceTimersByTime(60_000);
    expect(channels).toHaveLength(1);
    expect(removed).toEqual([channels[0]!.topic]);
  });
});

describe('useRealtimeBroadcast()', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    channels.length = 0;
    removed.length = 0;
  });
  afterEach(() => vi.useRealTimers());

  function listen() {
    const [onLive, onMessage] = [vi.fn(), vi.fn()];
    const scope = effectScope();
    scope.run(() => useRealtimeBroadcast({ topic: 'logs', event: 'lines', onLive, onMessage }));
    return { onLive, onMessage, scope };
  }

  it('hears what is told, and looks once it listens', () => {
    const { onLive, onMessage, scope } = listen();
    channels[0]!.status('SUBSCRIBED');
    expect(onLive).toHaveBeenCalledTimes(1);
    channels[0]!.handlers.broadcast!({});
    expect(onMessage).toHaveBeenCalledTimes(1);
    scope.stop();
  });
  it('listens again after a cut, and looks again', async () => {
    const { onLive, scope } = listen();
    channels[0]!.status('SUBSCRIBED');
    channels[0]!.status('CHANNEL_ERROR');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(channels).toHaveLength(2);
    channels[1]!.status('SUBSCRIBED');
    expect(onLive).toHaveBeenCalledTimes(2);
    scope.stop();
  });
  it('joins a topic only once it has been left', async () => {
    const first = listen();
    first.scope.stop();
    const second = listen();
    expect(channels).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(channels).toHaveLength(2);
    expect(removed).toEqual(['logs']);
    second.scope.stop();
  });
});
