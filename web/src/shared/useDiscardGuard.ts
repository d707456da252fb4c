import { computed, ref, watch, type Ref, type WritableComputedRef } from 'vue';

export interface DiscardGuard {
  /** Bind to the overlay's `open`: closing while something was typed asks first. */
  shown: WritableComputedRef<boolean>;
  asking: Ref<boolean>;
  discard(): void;
  keep(): void;
}

export function useDiscardGuard(open: Ref<boolean>, dirty: () => boolean): DiscardGuard {
  const asking = ref(false);
  watch(open, () => (asking.value = false));
  return {
    asking,
    shown: computed({
      get: () => open.value,
      set: (value) => {
        if (!value && dirty() && !asking.value) asking.value = true;
        else if (!value && dirty()) asking.value = false;
        else open.value = value;
      },
    }),
    discard: () => (open.value = false),
    keep: () => (asking.value = false),
  };
}
