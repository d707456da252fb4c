import { useToast } from '@nuxt/ui/composables';
import { useI18n } from 'vue-i18n';
import { useErrorText } from '@/base/errors.ts';

/** Says of tickets that were refused which and why; three at once are as many as anybody reads. */
export function useTicketRefusals() {
  const { t } = useI18n();
  const toast = useToast();
  const errorText = useErrorText();
  return (refused: readonly { number: number; error: unknown }[]): void => {
    for (const { number, error } of refused.slice(0, 3))
      toast.add({
        title: t('support.refused', { number: `#${number}` }),
        description: errorText(error),
        color: 'error',
        icon: 'i-lucide-circle-alert',
      });
  };
}
