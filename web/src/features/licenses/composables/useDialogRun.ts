import { useToast } from '@nuxt/ui/composables'
import { shallowRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useFormat } from '@/app/format.ts'
import type { BulkResult } from '../types.ts'

/** Runs a dialog's act: closes and says so when done; stays open with the reason when not. */
export function useDialogRun(open: Ref<boolean>) {
  const { t, te } = useI18n()
  const format = useFormat()
  const toast = useToast()
  const error = shallowRef<unknown>(null)
  const pending = shallowRef(false)

  async function run(act: () => Promise<unknown>, done: string | ((result: unknown) => string)): Promise<boolean> {
    error.value = null
    pending.value = true
    try {
      const result = await act()
      toast.add({ title: typeof done === 'string' ? done : done(result), color: 'success', icon: 'i-lucide-circle-check' })
      open.value = false
      return true
    } catch (cause) {
      error.value = cause
      return false
    } finally {
      pending.value = false
    }
  }

  /** Says how many were done, and why the others were not. */
  function reportBulk({ done, errors }: BulkResult, doneText: string): void {
    if (done > 0) toast.add({ title: doneText, color: 'success', icon: 'i-lucide-circle-check' })
    if (errors.length === 0) return
    const reasons = [...new Set(errors.map((each) => each.reason))].map((reason) => (te(`errors.code.${reason}`) ? t(`errors.code.${reason}`) : reason))
    toast.add({
      title: t('licenses.bulk.refused', { count: format.value.number(errors.length) }, errors.length),
      description: reasons.join(' '),
      color: 'warning',
      icon: 'i-lucide-triangle-alert',
      duration: 12_000,
    })
  }
  return { run, reportBulk, error, pending }
}
