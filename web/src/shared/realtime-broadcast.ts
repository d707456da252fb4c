import { supabase } from '@/base/supabase.ts';
import { useChannel } from './realtime.ts';

export interface RealtimeBroadcastOptions {
  /** Of a private channel: policies of realtime.messages say who may listen. */
  topic: string;
  event: string;
  onMessage(): void;
  /** Listening, for the first time or again after a cut: what was told meanwhile is lost. */
  onLive(): void;
}

/** Topics that are being left: joined before that is over, one would get the channel that goes. */
const leaving = new Map<string, Promise<unknown>>();

/** Listens to what the database tells on a topic while the calling scope lives. */
export function useRealtimeBroadcast({ topic, event, onMessage, onLive }: RealtimeBroadcastOptions): void {
  useChannel({
    make: () => supabase.channel(topic, { config: { private: true } }),
    listen: (channel) => channel.on('broadcast', { event }, () => onMessage()),
    onSubscribed(live) {
      live();
      onLive();
    },
    before: () => leaving.get(topic),
    onLeave(gone) {
      leaving.set(topic, gone);
      void gone.finally(() => leaving.delete(topic));
    },
  });
}
