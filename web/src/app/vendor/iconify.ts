import { addIcon as addOfflineIcon, Icon } from '@iconify/vue/offline';

/**
 * Stands in for `@iconify/vue`: the bundled icons only, without the code that asks a public server for the others.
 * The kit names icons with a dash (`lucide-key`), its bundle with a colon (`lucide:key`).
 */
const loaded = new Set<string>();

export function addIcon(name: string, data: Parameters<typeof addOfflineIcon>[1]): boolean {
  for (const each of [name, name.replace(':', '-')]) {
    addOfflineIcon(each, data);
    loaded.add(each);
  }
  return true;
}

export const iconLoaded = (name: string): boolean => loaded.has(name);
export { Icon };
