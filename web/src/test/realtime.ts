import type { RealtimeBroadcastOptions } from '@/shared/realtime-broadcast.ts';
import type { RealtimeTableOptions } from '@/shared/realtime.ts';

type AnyOptions = RealtimeTableOptions<Record<string, unknown>>;

/** Who follows which table, latest first to be told. */
const followed = new Map<string, AnyOptions>();

/** Stands in for `@/shared/realtime.ts` in every test but its own: no socket, always live. */
export const useRealtimeTable = (options: AnyOptions): void => void followed.set(options.table, options);
/** Who listens to which topic. */
const listened = new Map<string, RealtimeBroadcastOptions>();
export const useRealtimeBroadcast = (options: RealtimeBroadcastOptions): void =>
  void listened.set(options.topic, options);
export const useRealtimeState = () => ({ value: 'live' });

/** Tells whoever followed `table` last of a change; fails when nobody does. */
export function announce(table: string, change: Record<string, unknown>): void {
  const options = followed.get(table);
  if (!options) throw new Error(`Nobody follows ${table}`);
  options.onChange(change as never);
}

/** Rings a topic's bell; fails when nobody listens. */
export function ring(topic: string): void {
  const options = listened.get(topic);
  if (!options) throw new Error(`Nobody listens to ${topic}`);
  options.onMessage();
}

export function forgetFollowed(): void {
  followed.clear();
  listened.clear();
}
