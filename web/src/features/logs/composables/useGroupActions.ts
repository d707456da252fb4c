import type { DropdownMenuItem } from '@nuxt/ui';
import { useToast } from '@nuxt/ui/composables';
import { useQuery } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useErrorText } from '@/base/errors.ts';
import { useSessionStore } from '@/shared/session.ts';
import { assigneesQuery, useAssignGroup, useUpdateGroup } from '../queries.ts';
import type { LogGroup } from '../types.ts';

/** What may be done with a group, as menus; each says what came of it. */
export function useGroupActions(group: Ref<LogGroup>, ignore: () => void) {
  const { t } = useI18n();
  const toast = useToast();
  const errorText = useErrorText();
  const session = useSessionStore();
  const update = useUpdateGroup();
  const assign = useAssignGroup();
  const mayTriage = computed(() => session.can('logs.triage'));
  const assignees = useQuery({ ...assigneesQuery, enabled: mayTriage.value && session.can('tickets.read') });

  async function attempt(act: () => Promise<unknown>, title: string): Promise<void> {
    try {
      await act();
      toast.add({ title, color: 'success', icon: 'i-lucide-circle-check' });
    } catch (error) {
      toast.add({ title: errorText(error), color: 'error', icon: 'i-lucide-circle-alert' });
    }
  }
  const put = (status: LogGroup['status']) =>
    void attempt(
      () => update.mutateAsync({ group_id: group.value.id, status }),
      t(status === 'resolved' ? 'logs.group.is_resolved' : 'logs.group.is_open'),
    );
  const give = (user_id: string | null, name: string) =>
    void attempt(
      () => assign.mutateAsync({ group_id: group.value.id, user_id }),
      user_id ? t('logs.group.is_assigned', { name }) : t('logs.group.is_unassigned'),
    );

  const statusItems = computed<DropdownMenuItem[][]>(() => {
    const { status } = group.value;
    return [
      [
        ...(status === 'resolved'
          ? []
          : [{ label: t('logs.group.resolve'), icon: 'i-lucide-circle-check', onSelect: () => put('resolved') }]),
        { label: t('logs.group.ignore'), icon: 'i-lucide-bell-off', onSelect: ignore },
        ...(status === 'open'
          ? []
          : [{ label: t('logs.group.reopen'), icon: 'i-lucide-rotate-ccw', onSelect: () => put('open') }]),
      ],
    ];
  });
  const me = computed(() => session.staff?.user_id);
  const people = computed(() => {
    const known = assignees.data.value ?? [];
    const mine = session.staff && { user_id: session.staff.user_id, display_name: session.staff.display_name };
    return mine && !known.some(({ user_id }) => user_id === mine.user_id) ? [mine, ...known] : known;
  });
  const assigneeItems = computed<DropdownMenuItem[][]>(() => [
    people.value.map(({ user_id, display_name }) => ({
      label: user_id === me.value ? t('logs.group.to_me', { name: display_name }) : display_name,
      icon: user_id === group.value.assigned_to ? 'i-lucide-check' : 'i-lucide-user',
      onSelect: () => give(user_id, display_name),
    })),
    group.value.assigned_to
      ? [{ label: t('logs.group.nobody'), icon: 'i-lucide-user-round-x', onSelect: () => give(null, '') }]
      : [],
  ]);
  return { mayTriage, statusItems, assigneeItems };
}
