import { useQueryClient } from '@tanstack/vue-query'
import { useThrottleFn } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef, type Ref } from 'vue'
import { useRealtimeTable } from '@/shared/realtime.ts'
import { isMoreThanCheckIn, rowPatch, type LicenseChange } from '../live.ts'
import { licenseKeys, patchLicense } from '../queries.ts'
import type { LicenseRow } from '../types.ts'

const HIGHLIGHT_MS = 2_500

/** Follows licences: rows on screen change in place, new ones are counted until asked for. */
export function useLicenseLive(rows: Ref<readonly LicenseRow[]>) {
  const client = useQueryClient()
  const fresh = ref(new Set<string>())
  const changed = shallowRef<ReadonlySet<string>>(new Set())
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const refetch = useThrottleFn(() => void client.invalidateQueries({ queryKey: licenseKeys.lists() }), 1_500, true)

  function highlight(id: string): void {
    changed.value = new Set([...changed.value, id])
    const timer = setTimeout(() => {
      timers.delete(timer)
      changed.value = new Set([...changed.value].filter((each) => each !== id))
    }, HIGHLIGHT_MS)
    timers.add(timer)
  }

  useRealtimeTable<LicenseChange>({
    table: 'licenses',
    onChange(event) {
      if (event.eventType === 'DELETE') return
      const change = event.new as LicenseChange
      const row = rows.value.find((each) => each.id === change.id)
      if (event.eventType === 'INSERT') {
        if (!row) fresh.value.add(change.id)
        return
      }
      if (!row) {
        // It may enter or leave a list not on screen: that list is read again when it is next shown.
        void client.invalidateQueries({ queryKey: licenseKeys.lists(), refetchType: 'none' })
        return
      }
      if (change.deleted_at) return void refetch()
      const patch = rowPatch(change, new Date())
      const worthReading = isMoreThanCheckIn(row, patch)
      patchLicense(client, change.id, patch)
      if (worthReading) {
        highlight(change.id)
        void refetch()
      }
    },
    onLive: () => void refetch(),
  })
  onScopeDispose(() => timers.forEach(clearTimeout))

  return {
    fresh,
    changed,
    /** The list was read again: what was new is in it. */
    settle: () => fresh.value.clear(),
    showFresh: () => client.invalidateQueries({ queryKey: licenseKeys.lists() }),
  }
}
