import { shallowRef } from 'vue';

const said = shallowRef<string>();

/** Whole days are those of the business's time zone, a setting; until it is read, of the reader's. */
export const businessZone = (): string => said.value ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

export const setBusinessZone = (zone: unknown): void => void (said.value = typeof zone === 'string' ? zone : undefined);

/** The day an instant falls on there, `2026-11-30`. */
export const businessDay = (instant: string): string =>
  new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone: businessZone() }).format(new Date(instant));
