import type { VueWrapper } from '@vue/test-utils';

const mounted = new Set<VueWrapper>();

export const willUnmount = (wrapper: VueWrapper): void => void mounted.add(wrapper);

/** What is still mounted would answer to the next test's clicks. */
export function unmountAll(): void {
  for (const wrapper of mounted) wrapper.unmount();
  mounted.clear();
}
