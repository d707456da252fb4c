import { useQueryClient, type QueryKey } from '@tanstack/vue-query';
import { useThrottleFn } from '@vueuse/core';
import { onScopeDispose } from 'vue';

/**
 * Reads again what begins with the keys, at most every so often, as often as it is told of a change. A reading under
 * way is let end and followed by another: begun anew at each change, none would end on a slow network while much
 * changes.
 */
export function useLiveRefetch(keys: () => readonly QueryKey[], atMostEveryMs: number): () => void {
  const client = useQueryClient();
  let running = false;
  let again = false;
  let disposed = false;
  onScopeDispose(() => (disposed = true));

  async function read(): Promise<void> {
    again = true;
    if (running) return;
    running = true;
    while (again && !disposed) {
      const queryKeys = keys();
      // What is under way may have been asked before the change.
      again = queryKeys.some((queryKey) => client.isFetching({ queryKey }) > 0);
      await Promise.all(queryKeys.map((queryKey) => client.invalidateQueries({ queryKey }, { cancelRefetch: false })));
    }
    running = false;
  }
  const throttled = useThrottleFn(() => void read(), atMostEveryMs, true);
  return () => void throttled();
}
