import { useToast } from '@nuxt/ui/composables';
import { computed, reactive, ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { changedMeanwhile } from '../settings.ts';

/** Settings are JSON, and proxies within proxies cannot be cloned. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/**
 * A form of settings that writes over nothing its reader has not seen: what somebody else changed meanwhile is named,
 * what was typed stays, and saving again is then done knowingly.
 */
export function useSettingForm<Form extends object>(
  initial: Form,
  { save, readAgain }: { save(seen: Form, form: Form): Promise<unknown>; readAgain(): Promise<Form | undefined> },
) {
  const { t } = useI18n();
  const toast = useToast();
  const seen = ref(copy(initial)) as { value: Form };
  const form = reactive(copy(initial)) as Form;
  const theirs = ref<string[]>([]);
  const dirty = computed(() => !same(form, initial));

  /** Whether it is saved; of what is as it was there is nothing to save. */
  async function submit(): Promise<boolean> {
    theirs.value = [];
    if (!dirty.value) return true;
    try {
      const answer = await save(copy(seen.value), copy(form));
      const moved = (answer as { moved?: number } | undefined)?.moved;
      toast.add({
        title: t('support.settings.saved'),
        ...(moved === undefined ? {} : { description: t('support.settings.moved', { count: moved }, moved) }),
        color: 'success',
        icon: 'i-lucide-circle-check',
      });
      return true;
    } catch (error) {
      const fields = changedMeanwhile(error);
      const now = fields.length ? await readAgain() : undefined;
      if (now) {
        seen.value = copy(now);
        theirs.value = fields;
      }
      return false;
    }
  }
  return {
    form,
    dirty,
    /** The fields somebody else changed, in words. */
    theirs: computed(() => theirs.value.map((field) => t(`support.settings.field.${field}`)).join(', ')),
    submit,
  };
}
