import type { Locale } from '../../supabase/contracts/constants/staff.ts';
import { tags } from './locales.ts';

/** Where a day begins and ends for the business, unless the database says otherwise beside the instant. */
export const businessTimeZone = 'Europe/Paris';

/** The day an instant falls on in that zone, in words: `1 avril 2026`. */
export const formatDay = (locale: Locale, instant: string, timeZone: string): string =>
  new Intl.DateTimeFormat(tags[locale], { dateStyle: 'long', timeZone }).format(new Date(instant));

/** Day and time of an instant in that zone, in words: `1 avril 2026 à 12:00`. */
export const formatMoment = (locale: Locale, instant: string, timeZone: string): string =>
  new Intl.DateTimeFormat(tags[locale], { dateStyle: 'long', timeStyle: 'short', timeZone }).format(new Date(instant));
