/** Public holidays a calendar's rule may know; those of no rule are added by hand. */
export const holidayRules = [
  'new_year',
  'easter_monday',
  'labour_day',
  'victory_day',
  'ascension',
  'whit_monday',
  'national_day',
  'assumption',
  'all_saints',
  'armistice',
  'christmas',
] as const;
export type HolidayRule = (typeof holidayRules)[number];
