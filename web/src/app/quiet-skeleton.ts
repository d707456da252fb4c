import { type FunctionalComponent, h } from 'vue';

/**
 * A dialog hides all behind it from readers, but leaves live regions within reach with all that holds them. The kit
 * makes every skeleton one: a drawer that still loads would stay readable under its dialog.
 */
export const QuietSkeleton: FunctionalComponent = (_props, { attrs, slots }) =>
  h('div', { ...attrs, 'aria-live': undefined, role: undefined }, slots['default']?.());
QuietSkeleton.inheritAttrs = false;
