import { useToast } from '@nuxt/ui/composables';
import { onScopeDispose } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import { useFormat } from '@/base/format.ts';
import type { ConsoleAlert } from '@/shared/alerts.ts';
import { useAlertWords } from './useAlertWords.ts';

export const TOAST = 'alerts';
/** Alerts this close to one another are one burst, and one toast that counts them. */
export const BURST_MS = 8_000;

/** `announce(alert)` shows a toast at once; more of them soon after count up in that same toast. */
export function useAlertToast(openCentre: () => void): (alert: ConsoleAlert) => void {
  const { t } = useI18n();
  const format = useFormat();
  const router = useRouter();
  const toast = useToast();
  const words = useAlertWords({ later: true });
  let burst = 0;
  let worst: ConsoleAlert['severity'] = 'warning';
  let timer: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(timer));

  function show(alert: ConsoleAlert): void {
    burst += 1;
    if (alert.severity === 'error') worst = 'error';
    clearTimeout(timer);
    timer = setTimeout(() => {
      burst = 0;
      worst = 'warning';
    }, BURST_MS);
    const { title, detail } = words.text(alert);
    const target = words.target(alert);
    // `add` with the same id takes the place of the one on screen.
    toast.add({
      id: TOAST,
      title: burst === 1 ? title : t('alerts.toast.many', { count: format.value.number(burst) }, burst),
      description: burst === 1 ? detail : t('alerts.toast.latest', { title, detail }),
      color: worst,
      icon: worst === 'error' ? 'i-lucide-circle-alert' : 'i-lucide-triangle-alert',
      duration: 10_000,
      actions: [
        burst === 1 && target
          ? { label: t('alerts.open'), color: 'neutral', variant: 'outline', onClick: () => void router.push(target) }
          : { label: t('alerts.show_all'), color: 'neutral', variant: 'outline', onClick: openCentre },
      ],
    });
  }
  return (alert) => {
    if (alert.severity === 'info') return;
    if (words.ready.value) show(alert);
    else void words.whenReady().then(() => show(alert));
  };
}
