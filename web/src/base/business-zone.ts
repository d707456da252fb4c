import { shallowRef } from 'vue';

const said = shallowRef<string>();

/** Whole days are those of the business's time zone, a setting; until it is read, of the reader's. */
export const businessZone = (): string => said.value ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

export const setBusinessZone = (zone: unknown): void => void (said.value = typeof zone === 'string' ? zone : undefined);
