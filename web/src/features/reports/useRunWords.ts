import { useI18n } from 'vue-i18n';
import type { Tone } from '@/shared/components/StatusBadge.vue';
import type { ReportRun } from './queries.ts';

const tones: Record<ReportRun['status'], Tone> = {
  waiting: 'info',
  running: 'info',
  done: 'success',
  failed: 'error',
  missed: 'error',
};

/** How runs are told. */
export function useRunWords() {
  const { t, locale } = useI18n();
  return {
    tone: (run: ReportRun): Tone => (run.status === 'done' && run.is_late ? 'warning' : tones[run.status]),
    status: (run: ReportRun): string =>
      t(`reports.status.${run.status === 'done' && run.is_late ? 'late' : run.status}`),
    why: (run: ReportRun): string =>
      run.error === 'no_recipient' || run.error === 'interrupted' ? t(`reports.error.${run.error}`) : (run.error ?? ''),
    inZone: (instant: string, timeZone: string): string =>
      new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
        new Date(instant),
      ),
  };
}
