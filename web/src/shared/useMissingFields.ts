import { useEventListener, useMutationObserver } from '@vueuse/core';
import { computed, nextTick, ref, watch, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { focusFirstField, wantingFields } from './fields.ts';

/** Says what a form that cannot be sent yet is waiting for, by its fields' own labels. */
export function useMissingFields(form: Ref<HTMLFormElement | null>, waits: Ref<boolean>) {
  const { t } = useI18n();
  const missing = ref<string[]>([]);
  const wrong = ref<string[]>([]);

  function look(): void {
    if (!form.value) return;
    const found = wantingFields(form.value);
    missing.value = found.missing.map(({ name }) => name);
    wrong.value = found.wrong.map(({ name }) => name);
  }
  useEventListener(form, ['input', 'change'], () => void nextTick(look));
  useMutationObserver(form, look, { childList: true, subtree: true, attributeFilter: ['data-state', 'aria-invalid'] });
  watch([form, waits], look, { immediate: true, flush: 'post' });

  const named = (key: string, names: string[]) => t(key, { fields: names.join(', ') });
  return {
    text: computed(() => {
      if (!waits.value) return '';
      if (wrong.value.length) return named('shared.confirm.wrong', wrong.value);
      return missing.value.length ? named('shared.confirm.missing', missing.value) : t('shared.confirm.incomplete');
    }),
    /** To the first field that is wrong or wanting. */
    focus(): void {
      if (!form.value) return;
      const { missing: empty, wrong: bad } = wantingFields(form.value);
      const control = (bad[0] ?? empty[0])?.control;
      if (control && !focusFirstField(control)) control.focus();
    },
  };
}
