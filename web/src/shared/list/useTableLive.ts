import { useQueryClient } from '@tanstack/vue-query';
import { useThrottleFn } from '@vueuse/core';
import { useRealtimeTable } from '../realtime.ts';

const AT_MOST_EVERY_MS = 1_500;

/** Reads again what begins with `queryKey` when a row of the table appears or changes; many at once are one reading. */
export function useTableLive(table: string, queryKey: readonly unknown[]): void {
  const client = useQueryClient();
  const refetch = useThrottleFn(() => void client.invalidateQueries({ queryKey }), AT_MOST_EVERY_MS, true);
  useRealtimeTable({ table, onChange: () => void refetch(), onLive: () => void refetch() });
}
