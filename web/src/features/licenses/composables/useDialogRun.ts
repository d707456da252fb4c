import { useToast } from '@nuxt/ui/composables';
import { shallowRef, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useFormat } from '@/base/format.ts';
import type { BulkResult } from '../types.ts';

/**
 * Runs a dialog's act: closes and says so when done; stays open with the reason when not. `finished` is called before
 * the dialog closes: a component that is gone emits nothing.
 */
export function useDialogRun(open: Ref<boolean>, finished: () => void) {
  const { t, te } = useI18n();
  const format = useFormat();
  const toast = useToast();
  const error = shallowRef<unknown>(null);
  const pending = shallowRef(false);

  /** Closes when the act is done; one that answers false stays open, with what it shows. */
  async function attempt(act: () => Promise<boolean | void>): Promise<void> {
    error.value = null;
    pending.value = true;
    try {
      if ((await act()) === false) return;
      finished();
      open.value = false;
    } catch (cause) {
      error.value = cause;
    } finally {
      pending.value = false;
    }
  }

  const say = (done: string) => void toast.add({ title: done, color: 'success', icon: 'i-lucide-circle-check' });
  const run = (act: () => Promise<unknown>, done: string) =>
    attempt(async () => {
      await act();
      say(done);
    });

  /** The same for many: some may be refused while others are done. */
  const runMany = (act: () => Promise<BulkResult>, doneText: (result: BulkResult) => string) =>
    attempt(async () => {
      const result = await act();
      reportBulk(result, doneText(result));
    });

  /** Says how many were done, and why the others were not. */
  function reportBulk({ done, errors }: BulkResult, doneText: string): void {
    if (done > 0) say(doneText);
    if (errors.length === 0) return;
    const reasons = [...new Set(errors.map((each) => each.reason))].map((reason) =>
      te(`errors.code.${reason}`) ? t(`errors.code.${reason}`) : reason,
    );
    toast.add({
      title: t('licenses.bulk.refused', { count: format.value.number(errors.length) }, errors.length),
      description: reasons.join(' '),
      color: 'warning',
      icon: 'i-lucide-triangle-alert',
      duration: 12_000,
    });
  }
  return { run, runMany, attempt, say, error, pending };
}
