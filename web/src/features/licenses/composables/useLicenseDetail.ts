import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { useTableLive } from '@/shared/list/useTableLive.ts';
import { useRealtimeTable } from '@/shared/realtime.ts';
import { useSessionStore } from '@/shared/session.ts';
import { useLiveRefetch } from '@/shared/useLiveRefetch.ts';
import { rowPatch, type LicenseChange } from '../live.ts';
import { licenseKeys, licenseQuery, patchLicense } from '../queries.ts';

/** One licence, kept up to date while it is on screen. `id` must not change: key the page by it. */
export function useLicenseDetail(id: Ref<string>) {
  const client = useQueryClient();
  const query = useQuery(computed(() => licenseQuery(id.value)));
  const refetch = useLiveRefetch(() => [licenseKeys.detail(id.value)], 1_000);
  useRealtimeTable<LicenseChange>({
    table: 'licenses',
    event: 'UPDATE',
    filter: `id=eq.${id.value}`,
    onChange(event) {
      if (event.eventType === 'UPDATE') patchLicense(client, id.value, rowPatch(event.new, new Date()));
      refetch();
    },
    onLive: refetch,
  });
  // A mail that comes back says that the address takes no more.
  if (useSessionStore().can('emails.read'))
    useTableLive('email_outbox', licenseKeys.detail(id.value), `license_id=eq.${id.value}`);
  return query;
}
