import { onScopeDispose } from 'vue';
import { useRealtimeBroadcast } from '@/shared/realtime-broadcast.ts';
import { useLiveRefetch } from '@/shared/useLiveRefetch.ts';
import { figureKeys } from '../queries.ts';

/** The bell rings once in five seconds at most: what changed after the last ring is looked for once more. */
const AFTER_LAST_RING_MS = 5_500;

/** Figures on screen follow the database by one doorbell. */
export function useFigureBell(): void {
  const refetch = useLiveRefetch(() => [figureKeys.all], 2_000);
  let trailing: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(trailing));
  useRealtimeBroadcast({
    topic: 'figures',
    event: 'changed',
    onMessage() {
      refetch();
      clearTimeout(trailing);
      trailing = setTimeout(refetch, AFTER_LAST_RING_MS);
    },
    onLive: refetch,
  });
}
