import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { useThrottleFn } from '@vueuse/core';
import { computed, type Ref } from 'vue';
import { useRealtimeTable } from '@/shared/realtime.ts';
import { rowPatch, type LicenseChange } from '../live.ts';
import { licenseKeys, licenseQuery, patchLicense } from '../queries.ts';

/** One licence, kept up to date while it is on screen. `id` must not change: key the page by it. */
export function useLicenseDetail(id: Ref<string>) {
  const client = useQueryClient();
  const query = useQuery(computed(() => licenseQuery(id.value)));
  const refetch = useThrottleFn(
    () => {
      void client.invalidateQueries({ queryKey: licenseKeys.detail(id.value) });
      void client.invalidateQueries({ queryKey: licenseKeys.events(id.value) });
    },
    1_000,
    true,
  );
  useRealtimeTable<LicenseChange>({
    table: 'licenses',
    event: 'UPDATE',
    filter: `id=eq.${id.value}`,
    onChange(event) {
      if (event.eventType === 'UPDATE') patchLicense(client, id.value, rowPatch(event.new, new Date()));
      void refetch();
    },
    onLive: () => void refetch(),
  });
  return query;
}
