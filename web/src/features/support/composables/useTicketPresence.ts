import type { RealtimeChannel } from '@supabase/supabase-js';
import { computed, onScopeDispose, ref, watch, type Ref } from 'vue';
import { supabase } from '@/base/supabase.ts';
import { useSessionStore } from '@/shared/session.ts';

export interface Onlooker {
  user_id: string;
  name: string;
  writing: boolean;
}

/** Presence allows five calls in thirty seconds: who stops and starts again within that is still writing. */
const STILL_WRITING_MS = 15_000;

/** Who else has this ticket open, and who of them is writing in it. */
export function useTicketPresence(number: number, written: Ref<string>) {
  const session = useSessionStore();
  const everyone = ref<Onlooker[]>([]);
  const me = session.staff?.user_id ?? '';
  const writing = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const channel: RealtimeChannel = supabase.channel(`ticket:${number}`, {
    config: { private: true, presence: { key: me } },
  });
  const tell = () =>
    channel.track({ user_id: me, name: session.staff?.display_name ?? '', writing: writing.value } satisfies Onlooker);
  channel
    .on('presence', { event: 'sync' }, () => {
      everyone.value = Object.values(channel.presenceState<Onlooker>()).flatMap((each) => each.slice(-1));
    })
    .subscribe((status) => {
      if (status === 'SUBSCRIBED') void tell();
      else everyone.value = [];
    });

  watch(written, (text, before) => {
    clearTimeout(timer);
    if (text === before) return;
    const isWriting = text.trim() !== '';
    timer = setTimeout(() => set(false), STILL_WRITING_MS);
    set(isWriting);
  });
  function set(value: boolean): void {
    if (writing.value === value) return;
    writing.value = value;
    void tell();
  }
  onScopeDispose(() => {
    clearTimeout(timer);
    void supabase.removeChannel(channel);
  });

  const others = computed(() => everyone.value.filter(({ user_id }) => user_id !== me));
  return { others, writers: computed(() => others.value.filter((one) => one.writing)) };
}
