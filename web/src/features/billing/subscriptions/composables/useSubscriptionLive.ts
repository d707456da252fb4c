import { useQueryClient } from '@tanstack/vue-query';
import type { Ref } from 'vue';
import { useHighlights } from '@/shared/highlights.ts';
import { useRealtimeTable } from '@/shared/realtime.ts';
import { useLiveRefetch } from '@/shared/useLiveRefetch.ts';
import { subscriptionKeys } from '../keys.ts';
import type { SubscriptionRow } from '../types.ts';

/** Reads list, summary and open drawer again when a subscription changes; rows on screen that did light up a moment. */
export function useSubscriptionLive(rows: Ref<readonly SubscriptionRow[]>) {
  const client = useQueryClient();
  const { changed, highlight } = useHighlights();
  const touched = new Set<string>();
  /** Only what changed: an open drawer asks Stripe for its next invoice. */
  const refetch = useLiveRefetch(() => {
    const { lists, summary, detail, upcoming, events } = subscriptionKeys;
    const keys = [lists(), summary(), ...[...touched].flatMap((id) => [detail(id), upcoming(id), events(id)])];
    touched.clear();
    return keys;
  }, 1_500);
  useRealtimeTable<{ id: string }>({
    table: 'subscriptions',
    onChange(event) {
      const id = 'id' in event.new ? String(event.new.id) : '';
      if (id) touched.add(id);
      if (rows.value.some((row) => row.id === id)) highlight(id);
      refetch();
    },
    onLive: () => void client.invalidateQueries({ queryKey: subscriptionKeys.all }),
  });
  return { changed };
}
