import { useQuery } from '@tanstack/vue-query';
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { useFormat } from '@/base/format.ts';
import type { ActivityRow } from '@contracts/rows/activity.ts';
import { eventBooksQuery, sentenceOf, tellEntry, titleOf } from './event-kinds.ts';
import type { AuditEvent, EventWords } from './events.ts';
import { usePlans } from './plans.ts';
import { contributed, useModules } from './registry.ts';
import { staffQuery } from './staff.ts';

const FALLBACK_ICON = 'i-lucide-circle-dot';

/**
 * Events in words, with people by their names unless the place shows who by their address. Each type is said by the
 * feature that owns it.
 */
export function useEventWords({ withPeople = true } = {}) {
  const { t, te } = useI18n();
  const format = useFormat();
  const modules = useModules();
  const plans = usePlans();
  const { data: books, isPending } = useQuery({ ...eventBooksQuery(modules), shallow: true });
  const kinds = computed(() => books.value?.kinds);
  const staff = useQuery({ ...staffQuery, enabled: withPeople });
  const names = computed(() => new Map(staff.data.value?.map((member) => [member.user_id, member.display_name])));
  const owners = contributed(modules, (module) => module.exports);
  const words = computed<EventWords>(() => ({
    t: (key, named = {}, count) => (count === undefined ? t(key, named) : t(key, named, count)),
    te,
    date: format.value.date,
    number: format.value.number,
    money: format.value.money,
    plan: plans.name,
    role: (role) => (te(`shared.role.${role}`) ? t(`shared.role.${role}`) : role),
    staff: (id) => names.value.get(id),
    exported: (subject, named, count) => {
      const owner = owners.find(({ item }) => item.subject === subject);
      return owner && t(`${owner.module.name}.exported.${subject}`, named, count);
    },
  }));
  const kindOf = (type: string) => kinds.value?.get(type);
  return {
    /** Until then types stand as they are. */
    ready: computed(() => !isPending.value),
    types: computed(() => [...(kinds.value?.keys() ?? [])]),
    members: computed(() => staff.data.value ?? []),
    title: (type: string): string => titleOf(kinds.value, type, words.value),
    icon: (type: string): string => kindOf(type)?.icon ?? FALLBACK_ICON,
    sentence: (event: AuditEvent): string => sentenceOf(kinds.value, event, words.value),
    beside: (event: AuditEvent) => kindOf(event.event_type)?.beside?.(event, words.value) ?? null,
    problem: (event: AuditEvent) => kindOf(event.event_type)?.problem?.(event, words.value) ?? null,
    namesSubject: (event: AuditEvent): boolean => kindOf(event.event_type)?.namesSubject ?? false,
    actor: (event: AuditEvent): string =>
      event.actor_kind === 'system'
        ? t('shared.events.system')
        : ((event.user_id && names.value.get(event.user_id)) ?? event.actor),
    /** An entry of a timeline that is no event. */
    entry: (row: ActivityRow) => (row.source === 'event' ? undefined : tellEntry(books.value, row, words.value)),
    /** A changed field's name: its owner's word for it before the one all share. */
    field(type: string, field: string): string {
      const key = [`${kindOf(type)?.room}.fields.${field}`, `shared.events.field.${field}`].find((each) => te(each));
      return key ? t(key) : field;
    },
    /** A changed field's value in words; undefined when it has none and stands as it is. */
    value(type: string, field: string, value: string): string | undefined {
      if (field === 'plan') return plans.name(value);
      const prefixes: Record<string, string> = {
        role: 'shared.role',
        status: 'shared.license_status',
        ...kindOf(type)?.values,
      };
      const key = `${prefixes[field]}.${value}`;
      return te(key) ? t(key) : undefined;
    },
  };
}
