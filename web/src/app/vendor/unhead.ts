/**
 * Stands in for `@unhead/vue`, which the kit needs for one style element: its palette. `palette.css` holds that, and
 * the router writes the title.
 */
const head = { install: () => undefined, hooks: undefined };

export const createHead = () => head;
export const injectHead = () => head;
export const useHead = (): void => undefined;
