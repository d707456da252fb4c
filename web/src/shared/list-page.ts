import { computed, watch, type ComputedRef, type Ref } from 'vue'
import { nextSort } from './components/table.ts'

interface ListQuery<Row> {
  data: Ref<{ rows: Row[]; total: number } | undefined>
  isPlaceholderData: Ref<boolean>
  isSuccess: Ref<boolean>
}

type SetFilters = (values: never, options?: { replace?: boolean }) => unknown

/** Rows and total of a list's page; when the list has shrunk under it, the last page there is takes its place. */
export function useListPage<Row>(list: ListQuery<Row>, filters: Ref<{ page: number; size: number }>, set: SetFilters): { rows: ComputedRef<Row[]>; total: ComputedRef<number> } {
  const rows = computed(() => list.data.value?.rows ?? [])
  const total = computed(() => list.data.value?.total ?? 0)
  watch([total, list.isPlaceholderData], ([count, stale]) => {
    const last = Math.max(1, Math.ceil(count / filters.value.size))
    if (!stale && list.isSuccess.value && filters.value.page > last) void set({ page: last } as never, { replace: true })
  })
  return { rows, total }
}

/** `sortBy(column)` sorts by that column, or the other way when it does already. */
export function useListSort(filters: Ref<{ sort: string; desc: boolean }>, set: SetFilters): (key: string) => void {
  return (key) => {
    const { sort, descending } = nextSort({ sort: filters.value.sort, descending: filters.value.desc }, key)
    void set({ sort, desc: descending } as never)
  }
}
