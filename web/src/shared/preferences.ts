import { useLocalStorage } from '@vueuse/core';
import { defineStore } from 'pinia';
import type { Language } from '@/base/i18n.ts';

export type Density = 'comfortable' | 'compact';

/** What a person chose for this browser; nothing here comes from the server. */
export const usePreferencesStore = defineStore('preferences', () => {
  const language = useLocalStorage<Language>('whatautosys.language', 'fr');
  const density = useLocalStorage<Density>('whatautosys.density', 'comfortable');
  /** Visible columns by table; a table not listed shows its default columns. */
  const columns = useLocalStorage<Record<string, string[]>>('whatautosys.columns', {});

  function visibleColumns(table: string, defaults: string[]): string[] {
    return columns.value[table] ?? defaults;
  }
  function setVisibleColumns(table: string, keys: string[] | undefined): void {
    const next = { ...columns.value };
    if (keys) next[table] = keys;
    else delete next[table];
    columns.value = next;
  }
  return { language, density, columns, visibleColumns, setVisibleColumns };
});
