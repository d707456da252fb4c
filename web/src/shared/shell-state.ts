import { createSharedComposable, useLocalStorage } from '@vueuse/core';
import { ref } from 'vue';

/** The side menu: folded on wide screens (kept in this browser), a drawer on small ones. The bell: what it counts. */
export const useShellState = createSharedComposable(() => ({
  drawerOpen: ref(false),
  folded: useLocalStorage('whatautosys.menu-folded', false),
  alertsOpen: ref(false),
  unreadAlerts: ref(0),
}));
