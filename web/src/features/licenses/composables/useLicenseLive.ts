import { useQueryClient } from '@tanstack/vue-query';
import { ref, type Ref } from 'vue';
import { useHighlights } from '@/shared/highlights.ts';
import { useRealtimeTable } from '@/shared/realtime.ts';
import { useLiveRefetch } from '@/shared/useLiveRefetch.ts';
import { isMoreThanCheckIn, rowPatch, type LicenseChange } from '../live.ts';
import { licenseKeys, patchLicense } from '../queries.ts';
import type { LicenseRow } from '../types.ts';

/** Follows licences: rows on screen change in place, new ones are counted until asked for. */
export function useLicenseLive(rows: Ref<readonly LicenseRow[]>) {
  const client = useQueryClient();
  const fresh = ref(new Set<string>());
  const { changed, highlight } = useHighlights();
  const refetch = useLiveRefetch(() => [licenseKeys.lists()], 1_500);

  useRealtimeTable<LicenseChange>({
    table: 'licenses',
    onChange(event) {
      if (event.eventType === 'DELETE') return;
      const change = event.new as LicenseChange;
      const row = rows.value.find((each) => each.id === change.id);
      if (event.eventType === 'INSERT') {
        if (!row) fresh.value.add(change.id);
        return;
      }
      if (!row) {
        // It may enter or leave a list not on screen: that list is read again when it is next shown.
        void client.invalidateQueries({ queryKey: licenseKeys.lists(), refetchType: 'none' });
        return;
      }
      if (change.deleted_at) return refetch();
      const patch = rowPatch(change, new Date());
      const worthReading = isMoreThanCheckIn(row, patch);
      patchLicense(client, change.id, patch);
      if (worthReading) {
        highlight(change.id);
        refetch();
      }
    },
    onLive: refetch,
  });

  return {
    fresh,
    changed,
    /** The list was read again: what was new is in it. */
    settle: () => fresh.value.clear(),
    showFresh: () => client.invalidateQueries({ queryKey: licenseKeys.lists() }),
  };
}
