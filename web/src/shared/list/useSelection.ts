import { computed, ref, shallowReactive, watch, type Ref } from 'vue';

/** Selected rows, kept over pages: the rows themselves too, since an export needs more than their ids. */
export function useSelection<Row>(rows: Ref<readonly Row[]>, rowKey: (row: Row) => string) {
  const ids = ref<string[]>([]);
  const seen = shallowReactive(new Map<string, Row>());
  watch(
    [ids, rows],
    () => {
      for (const row of rows.value) if (ids.value.includes(rowKey(row))) seen.set(rowKey(row), row);
    },
    { immediate: true },
  );
  return {
    ids,
    selected: computed(() => ids.value.flatMap((id) => seen.get(id) ?? [])),
    replace(all: readonly Row[]) {
      for (const row of all) seen.set(rowKey(row), row);
      ids.value = all.map(rowKey);
    },
    clear() {
      ids.value = [];
      seen.clear();
    },
  };
}
