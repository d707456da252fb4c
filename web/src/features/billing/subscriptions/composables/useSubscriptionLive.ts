import { useQueryClient } from '@tanstack/vue-query';
import { useThrottleFn } from '@vueuse/core';
import type { Ref } from 'vue';
import { useHighlights } from '@/shared/highlights.ts';
import { useRealtimeTable } from '@/shared/realtime.ts';
import { subscriptionKeys } from '../keys.ts';
import type { SubscriptionRow } from '../types.ts';

/** Reads list, summary and open drawer again when a subscription changes; rows on screen that did light up a moment. */
export function useSubscriptionLive(rows: Ref<readonly SubscriptionRow[]>) {
  const client = useQueryClient();
  const { changed, highlight } = useHighlights();
  const touched = new Set<string>();
  /** Only what changed: an open drawer asks Stripe for its next invoice. */
  const refetch = useThrottleFn(
    () => {
      const { lists, summary, detail, upcoming, events } = subscriptionKeys;
      const keys = [lists(), summary(), ...[...touched].flatMap((id) => [detail(id), upcoming(id), events(id)])];
      touched.clear();
      for (const queryKey of keys) void client.invalidateQueries({ queryKey });
    },
    1_500,
    true,
  );
  useRealtimeTable<{ id: string }>({
    table: 'subscriptions',
    onChange(event) {
      const id = 'id' in event.new ? String(event.new.id) : '';
      if (id) touched.add(id);
      if (rows.value.some((row) => row.id === id)) highlight(id);
      void refetch();
    },
    onLive: () => void client.invalidateQueries({ queryKey: subscriptionKeys.all }),
  });
  return { changed };
}
