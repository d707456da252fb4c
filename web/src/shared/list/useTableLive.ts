import type { QueryKey } from '@tanstack/vue-query';
import { useRealtimeTable } from '../realtime.ts';
import { useLiveRefetch } from '../useLiveRefetch.ts';

const AT_MOST_EVERY_MS = 1_500;

/**
 * Reads again what begins with `queryKey` when a row of the table appears or changes (`filter`: `column=eq.value`);
 * many at once are one reading.
 */
export function useTableLive(table: string, queryKey: QueryKey, filter?: string): void {
  const refetch = useLiveRefetch(() => [queryKey], AT_MOST_EVERY_MS);
  useRealtimeTable({ table, ...(filter ? { filter } : {}), onChange: refetch, onLive: refetch });
}
