import type { RealtimeTableOptions } from '@/shared/realtime.ts';

type AnyOptions = RealtimeTableOptions<Record<string, unknown>>;

/** Who follows which table, latest first to be told. */
const followed = new Map<string, AnyOptions>();

/** Stands in for `@/shared/realtime.ts` in every test but its own: no socket, always live. */
export const useRealtimeTable = (options: AnyOptions): void => void followed.set(options.table, options);
export const useRealtimeState = () => ({ value: 'live' });

/** Tells whoever followed `table` last of a change; fails when nobody does. */
export function announce(table: string, change: Record<string, unknown>): void {
  const options = followed.get(table);
  if (!options) throw new Error(`Nobody follows ${table}`);
  options.onChange(change as never);
}

export const forgetFollowed = (): void => followed.clear();
