import { CalendarDate, today } from '@internationalized/date';
import { businessZone } from '@/base/business-zone.ts';
import * as z from 'zod/mini';
import { isEmail, isHwid, MAX_NOTES } from '@/shared/rules.ts';
import { PAYMENT_METHODS, type NewLicense } from './types.ts';

/** create_license decides again. */
export const MAX_YEARS = 20;

export interface LicenseForm {
  email: string;
  hwid: string;
  plan: NewLicense['plan'];
  expires: CalendarDate | undefined;
  payment_method: NewLicense['payment_method'];
  notes: string;
  send_email: boolean;
  /** Of a new customer; one who is known keeps theirs. */
  locale: 'fr' | 'en';
}

export type FormErrorKey = 'email' | 'hwid' | 'plan' | 'expires' | 'notes';

/** `text` gives the sentence for a failed field. */
export function licenseSchema(text: (key: FormErrorKey) => string) {
  return z.object({
    email: z.string().check(z.refine(isEmail, text('email'))),
    hwid: z.string().check(z.refine(isHwid, text('hwid'))),
    plan: z.string().check(z.minLength(1, text('plan'))),
    expires: z.custom<CalendarDate>(
      (value) =>
        value instanceof CalendarDate &&
        value.compare(today(businessZone())) >= 0 &&
        value.compare(today(businessZone()).add({ years: MAX_YEARS })) < 0,
      text('expires'),
    ),
    payment_method: z.enum(PAYMENT_METHODS),
    notes: z.string().check(z.maxLength(MAX_NOTES, text('notes'))),
    send_email: z.boolean(),
    locale: z.enum(['fr', 'en']),
  });
}

export const blankForm = (days: number): LicenseForm => ({
  email: '',
  hwid: '',
  plan: '',
  expires: today(businessZone()).add({ days }),
  payment_method: 'manual',
  notes: '',
  send_email: true,
  locale: 'fr',
});

/** The chosen day counts whole: the licence ends with it, where the business is. */
export function toNewLicense(form: LicenseForm): NewLicense {
  const { expires, notes, ...rest } = form;
  const end = expires?.add({ days: 1 }).toDate(businessZone());
  return {
    ...rest,
    email: rest.email.trim(),
    hwid: rest.hwid.trim(),
    expires_at: end ? new Date(end.getTime() - 1_000).toISOString() : null,
    notes: notes.trim() || null,
  };
}
