import type { DropdownMenuItem } from '@nuxt/ui';
import { useToast } from '@nuxt/ui/composables';
import { useQuery } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { useFormat } from '@/base/format.ts';
import { useSessionStore } from '@/shared/session.ts';
import { assigneesQuery, useUpdateTickets } from '../queries.ts';
import { TICKET_PRIORITIES, TICKET_STATUSES } from '../types.ts';
import { priorityIcons } from '../words.ts';
import { useTicketRefusals } from './useTicketRefusals.ts';

type Changes = RpcArgs<'update_ticket'>['changes'];

/** Morning of the day in so many days, here. */
function morning(days: number): Date {
  const date = new Date();
  date.setDate(date.getDate() + days);
  date.setHours(9, 0, 0, 0);
  return date;
}

/** What can be changed of tickets, as menus: state, priority, assignee, sleep. One refusal never stops the rest. */
export function useTicketActions(numbers: Ref<number[]>) {
  const { t } = useI18n();
  const toast = useToast();
  const tell = useTicketRefusals();
  const format = useFormat();
  const session = useSessionStore();
  const update = useUpdateTickets();
  const assignees = useQuery(assigneesQuery);

  async function change(changes: Changes, done?: string): Promise<boolean> {
    const { changed, refused } = await update.mutateAsync({ numbers: numbers.value, changes });
    tell(refused);
    if (changed && done) toast.add({ title: done, color: 'success', icon: 'i-lucide-circle-check' });
    return refused.length === 0;
  }

  const me = computed(() => session.staff?.user_id);
  return {
    change,
    pending: update.isPending,
    statusItems: computed<DropdownMenuItem[][]>(() => [
      TICKET_STATUSES.map((status) => ({
        label: t(`support.status.${status}`),
        onSelect: () => void change({ status }),
      })),
    ]),
    priorityItems: computed<DropdownMenuItem[][]>(() => [
      [...TICKET_PRIORITIES].reverse().map((priority) => ({
        label: t(`support.priority.${priority}`),
        icon: priorityIcons[priority],
        onSelect: () => void change({ priority }),
      })),
    ]),
    assigneeItems: computed<DropdownMenuItem[][]>(() => [
      [
        ...(me.value && assignees.data.value?.some(({ user_id }) => user_id === me.value)
          ? [
              {
                label: t('support.assign.me'),
                icon: 'i-lucide-user-check',
                onSelect: () => void change({ assigned_to: me.value }),
              },
            ]
          : []),
        {
          label: t('support.assign.nobody'),
          icon: 'i-lucide-user-x',
          onSelect: () => void change({ assigned_to: null }),
        },
      ],
      (assignees.data.value ?? [])
        .filter(({ user_id }) => user_id !== me.value)
        .map(({ user_id, display_name }) => ({
          label: display_name,
          icon: 'i-lucide-user',
          onSelect: () => void change({ assigned_to: user_id }),
        })),
    ]),
    snoozeItems: computed<DropdownMenuItem[][]>(() => [
      [
        { label: t('support.snooze.hours', { count: 3 }), until: () => new Date(Date.now() + 3 * 3_600_000) },
        { label: t('support.snooze.tomorrow'), until: () => morning(1) },
        { label: t('support.snooze.week'), until: () => morning(7) },
      ].map(({ label, until }) => ({
        label,
        icon: 'i-lucide-alarm-clock',
        onSelect: () => {
          const date = until();
          void change(
            { snoozed_until: date.toISOString() },
            t('support.snooze.done', { date: format.value.dateTime(date) }),
          );
        },
      })),
      [
        {
          label: t('support.snooze.wake'),
          icon: 'i-lucide-alarm-clock-off',
          onSelect: () => void change({ snoozed_until: null }),
        },
      ],
    ]),
  };
}
