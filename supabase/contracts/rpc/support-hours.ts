import { z } from 'zod';
import { holidayRules } from '../constants/support-hours.ts';
import { day, id } from '../scalars.ts';

export const supportHoursRpc = {
  list_support_holidays: {
    args: z.strictObject({ calendar_id: id, year: z.int().min(1900).max(2200) }),
    result: z.strictObject({
      rows: z.array(
        z.strictObject({
          day,
          /** Of the calendar's rule; null for a day decided by hand. */
          rule: z.enum(holidayRules).nullable(),
          name: z.string().nullable(),
          /** False: worked although it is a holiday. */
          is_closed: z.boolean(),
        }),
      ),
    }),
  },
} as const;
