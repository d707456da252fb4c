import { useEventListener, useIntervalFn, useLocalStorage, useThrottleFn } from '@vueuse/core';
import { watch, type Ref } from 'vue';

/** Shared by all tabs: activity in one keeps the others open, a lock in one locks all, a reload stays locked. */
export const useIdleState = () => ({
  locked: useLocalStorage('whatautosys.locked', false),
  lastActivity: useLocalStorage('whatautosys.last-activity', 0),
});

const ACTIVITY = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** Locks after `minutes` without a sign of life in any tab. 0 switches it off. */
export function useIdleLock(minutes: Ref<number>): Ref<boolean> {
  const { locked, lastActivity } = useIdleState();
  const touch = useThrottleFn(() => {
    if (!locked.value) lastActivity.value = Date.now();
  }, 2_000);
  const check = () => {
    if (minutes.value > 0 && Date.now() - lastActivity.value >= minutes.value * 60_000) locked.value = true;
  };
  if (!lastActivity.value) lastActivity.value = Date.now();
  for (const event of ACTIVITY) useEventListener(window, event, touch, { passive: true });
  // A laptop that slept must be locked before its first key press counts as activity.
  useEventListener(document, 'visibilitychange', check);
  useIntervalFn(check, 5_000);
  watch(minutes, check, { immediate: true });
  return locked;
}

export function resetIdleLock(): void {
  const { locked, lastActivity } = useIdleState();
  lastActivity.value = Date.now();
  locked.value = false;
}
