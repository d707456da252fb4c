import { useI18n } from 'vue-i18n';
import { useFormat } from '@/app/format.ts';
import { useFailureText } from '../../stripe/composables/useFailureText.ts';
import type { ConsoleAlert } from '../types.ts';
import { alertText } from '../words.ts';

export function useAlertWords(): (alert: ConsoleAlert) => { title: string; detail: string } {
  const { t } = useI18n();
  const format = useFormat();
  const failure = useFailureText();
  return (alert) =>
    alertText(alert, {
      t: (key, named = {}, count = 0) => t(key, named, count),
      money: format.value.money,
      number: format.value.number,
      failure,
    });
}
