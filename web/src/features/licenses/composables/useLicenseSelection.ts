import { computed, ref, shallowReactive, watch, type Ref } from 'vue';
import type { LicenseRow } from '../types.ts';

/** Selected rows, kept over pages: the rows themselves too, since an export needs more than their ids. */
export function useLicenseSelection(rows: Ref<readonly LicenseRow[]>) {
  const ids = ref<string[]>([]);
  const seen = shallowReactive(new Map<string, LicenseRow>());
  watch(
    [ids, rows],
    () => {
      for (const row of rows.value) if (ids.value.includes(row.id)) seen.set(row.id, row);
    },
    { immediate: true },
  );
  return {
    ids,
    selected: computed(() => ids.value.flatMap((id) => seen.get(id) ?? [])),
    replace(all: readonly LicenseRow[]) {
      for (const row of all) seen.set(row.id, row);
      ids.value = all.map((row) => row.id);
    },
    clear() {
      ids.value = [];
      seen.clear();
    },
  };
}
