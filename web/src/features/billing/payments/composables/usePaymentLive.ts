import { useQueryClient } from '@tanstack/vue-query';
import { useThrottleFn } from '@vueuse/core';
import { useRealtimeTable } from '@/shared/realtime.ts';
import { paymentKeys } from '../keys.ts';

/** Reads lists, totals and chart again when a payment appears or changes; many at once are one reading. */
export function usePaymentLive(): void {
  const client = useQueryClient();
  const refetch = useThrottleFn(() => void client.invalidateQueries({ queryKey: paymentKeys.all }), 1_500, true);
  useRealtimeTable({ table: 'payments', onChange: () => void refetch(), onLive: () => void refetch() });
}
