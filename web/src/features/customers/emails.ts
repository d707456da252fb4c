import { useInfiniteQuery } from '@tanstack/vue-query';
import type { EmailState } from '@contracts/constants/emails.ts';
import { computed } from 'vue';
import { callRpc } from '@/base/api.ts';
import type { Tone } from '@/shared/components/StatusBadge.vue';
import { useSessionStore } from '@/shared/session.ts';
import { customerKeys } from './queries.ts';

export interface EmailSubject {
  customer_id?: string;
  license_id?: string;
}

export const emailTones: Record<EmailState, Tone> = {
  queued: 'info',
  sent: 'neutral',
  deferred: 'warning',
  delivered: 'success',
  blocked: 'warning',
  dropped: 'error',
  bounced: 'error',
  complained: 'error',
  failed: 'error',
  uncertain: 'warning',
  suppressed: 'warning',
};

/** Realtime tells of mails to who may read them; the others look again at this pace. */
const LOOK_AGAIN_MS = 30_000;

export const emailKey = (subject: EmailSubject) => [...customerKeys.all, 'emails', subject] as const;

/** What was mailed to one customer or about one licence, page after page. */
export function useEmails(subject: () => EmailSubject) {
  const session = useSessionStore();
  const query = useInfiniteQuery({
    queryKey: computed(() => emailKey(subject())),
    queryFn: ({ pageParam, signal }) => callRpc('list_emails', { ...subject(), page_size: 50, ...pageParam }, signal),
    initialPageParam: null as { before: string; before_id: string } | null,
    getNextPageParam: (last) => {
      const end = last.has_more ? last.rows.at(-1) : undefined;
      return end ? { before: end.created_at, before_id: end.id } : null;
    },
    refetchInterval: () => (session.can('emails.read') ? false : LOOK_AGAIN_MS),
  });
  return { query, rows: computed(() => query.data.value?.pages.flatMap((page) => page.rows) ?? []) };
}
