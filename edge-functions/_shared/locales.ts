import type { Locale } from '../../supabase/contracts/constants/staff.ts';

/** Whose habits a language's numbers and dates follow. */
export const tags: Record<Locale, string> = { fr: 'fr-FR', en: 'en-GB' };
