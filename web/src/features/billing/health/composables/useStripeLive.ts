import { useQueryClient } from '@tanstack/vue-query';
import { useRealtimeTable } from '@/shared/realtime.ts';
import { useLiveRefetch } from '@/shared/useLiveRefetch.ts';
import { stripeKeys } from '../queries.ts';
import type { StripeHealth, StripeSync } from '../types.ts';

/** Follows ledger and synchronisations; the progress of the running one moves without another reading. */
export function useStripeLive(): void {
  const client = useQueryClient();
  const refetch = useLiveRefetch(() => [stripeKeys.all], 2_000);
  useRealtimeTable({ table: 'stripe_events', onChange: refetch, onLive: refetch });
  useRealtimeTable<StripeSync>({
    table: 'stripe_syncs',
    onChange(event) {
      if (event.eventType === 'DELETE') return;
      const sync = event.new;
      const runs = sync.status === 'queued' || sync.status === 'running';
      client.setQueryData<StripeHealth>(
        stripeKeys.health(),
        (health) =>
          health && (runs ? { ...health, running: { ...health.running, ...sync } } : { ...health, running: null }),
      );
      if (!runs) refetch();
    },
    onLive: refetch,
  });
}
