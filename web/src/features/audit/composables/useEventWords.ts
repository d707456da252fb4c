import { useQuery } from '@tanstack/vue-query';
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { useFormat } from '@/app/format.ts';
import type { AuditEvent } from '@/shared/events.ts';
import { staffQuery } from '@/shared/staff.ts';
import { useFailureText } from '../../stripe/composables/useFailureText.ts';
import { eventSentence, type Words } from '../sentence.ts';

/** Events in words, with people by their names. */
export function useEventWords() {
  const { t, te } = useI18n();
  const format = useFormat();
  const failure = useFailureText();
  const staff = useQuery(staffQuery);
  const names = computed(() => new Map(staff.data.value?.map((member) => [member.user_id, member.display_name])));
  const words = computed<Words>(() => ({
    t: (key, named = {}, count) => (count === undefined ? t(key, named) : t(key, named, count)),
    te,
    date: (value) => format.value.date(value),
    number: (value) => format.value.number(value),
    money: (cents, currency) => format.value.money(cents, currency),
    failure,
    staff: (id) => names.value.get(id),
  }));
  return {
    members: computed(() => staff.data.value ?? []),
    sentence: (event: AuditEvent) => eventSentence(event, words.value),
    actor: (event: AuditEvent) =>
      event.actor_kind === 'system'
        ? t('shared.events.system')
        : ((event.user_id && names.value.get(event.user_id)) ?? event.actor),
    typeName: (type: string) => (te(`shared.events.${type}`) ? t(`shared.events.${type}`) : type),
  };
}
