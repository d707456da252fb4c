import { useToast } from '@nuxt/ui/composables';
import { useQueryClient, type Mutation } from '@tanstack/vue-query';
import { useI18n } from 'vue-i18n';
import { useErrorText } from '@/base/errors.ts';

/** A dialog left while its act hangs: what is under way goes on, and a failure is still told. */
export function useLeftAct(title: () => string): () => void {
  const { t } = useI18n();
  const toast = useToast();
  const errorText = useErrorText();
  const cache = useQueryClient().getMutationCache();

  return () => {
    const name = title();
    const running = new Set<Mutation<any, any, any, any>>(cache.findAll({ status: 'pending' }));
    toast.add({ title: t('shared.confirm.left', { title: name }), color: 'neutral', icon: 'i-lucide-hourglass' });
    if (!running.size) return;
    const deaf = cache.subscribe(({ mutation }) => {
      if (!mutation || !running.has(mutation) || mutation.state.status === 'pending') return;
      running.delete(mutation);
      if (!running.size) deaf();
      if (mutation.state.status !== 'error') return;
      toast.add({
        title: t('shared.confirm.left_failed', { title: name }),
        description: errorText(mutation.state.error),
        color: 'error',
        icon: 'i-lucide-circle-alert',
        duration: 20_000,
      });
    });
  };
}
