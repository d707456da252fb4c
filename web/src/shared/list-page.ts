import { computed, watch, type ComputedRef, type Ref } from 'vue';
import { nextSort } from './components/table.ts';

interface ListQuery<Row> {
  data: Ref<{ rows: Row[]; total: number } | undefined>;
  isPlaceholderData: Ref<boolean>;
  isSuccess: Ref<boolean>;
}

type SetFilters<Filters> = (values: Partial<Filters>, options?: { replace?: boolean }) => unknown;

/** Rows and total of a list's page; when the list has shrunk under it, the last page there is takes its place. */
export function useListPage<Row, Filters extends { page: number; size: number }>(
  list: ListQuery<Row>,
  filters: Ref<Filters>,
  set: SetFilters<Filters>,
): { rows: ComputedRef<Row[]>; total: ComputedRef<number> } {
  const rows = computed(() => list.data.value?.rows ?? []);
  const total = computed(() => list.data.value?.total ?? 0);
  watch([total, list.isPlaceholderData], ([count, stale]) => {
    const last = Math.max(1, Math.ceil(count / filters.value.size));
    if (!stale && list.isSuccess.value && filters.value.page > last)
      void set({ page: last } as Partial<Filters>, { replace: true });
  });
  return { rows, total };
}

/** `sortBy(column)` sorts by that column, or the other way when it does already. */
export function useListSort<Filters extends { sort: string; desc: boolean }>(
  filters: Ref<Filters>,
  set: SetFilters<Filters>,
): (key: string) => void {
  return (key) => {
    const { sort, descending } = nextSort({ sort: filters.value.sort, descending: filters.value.desc }, key);
    void set({ sort, desc: descending } as Partial<Filters>);
  };
}
