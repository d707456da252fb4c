import type { Locale } from '../../supabase/contracts/constants/staff.ts';

/** What a template needs is there; the database strips the rest. */
export interface MailData {
  license_key?: string | null;
  license_key_hint?: string;
  plan_name?: string;
  expires_at?: string;
  revoked_reason?: string | null;
  amount_cents?: number;
  currency?: string;
  /** Stripe's page where the invoice can be paid. */
  invoice_url?: string | null;
  started_at?: string;
  ends_at?: string;
  /** What becomes of the subscription of a licence that was revoked. */
  billing?: 'now' | 'period_end' | 'keep';
  payment_failed?: boolean;
  /** A payment is for a change of plan, to this one; without it all stays as it is. */
  is_change?: boolean;
  new_plan_name?: string;
  /** What was changed of an account; a name of `account-changed.ts`. */
  change?: string;
  changed_at?: string;
  /** What a person calls the second factor. */
  factor?: string | null;
  count?: number;
  /** Name and kind of a rule of the log, and what it counts by itself. */
  rule?: string;
  rule_kind?: string;
  by?: string;
  lines?: number;
  minutes?: number;
  /** End of a licence's key, or title of a group of errors. */
  label?: string | null;
  fired_at?: string;
  /** What a report is called; the days it is about, when it was due, and in which zone. */
  report?: string;
  report_zone?: string;
  from_day?: string;
  to_day?: string;
  due_at?: string;
  is_late?: boolean;
  /** It has no data, or the same as of the period before. */
  is_empty?: boolean;
  is_unchanged?: boolean;
  ticket_number?: number;
  ticket_subject?: string;
  /** What support answers, in Markdown. */
  message?: string;
  /** Message-ID of an answer without its domain; what signs the address it is answered at. */
  message_token?: string;
  reply_token?: string;
  /** Message-IDs of what was said before, the oldest first; ours without their domain. */
  references?: string[];
  /** What an answer repeats, the newest first. */
  history?: { by: 'customer' | 'staff'; at: string; text: string }[];
  /** Where the day of an instant is looked up. */
  time_zone?: string;
}

export interface Content {
  subject: string;
  paragraphs: string[];
  /** Words of a person, in Markdown. */
  message?: string | undefined;
  /** Set apart, in a fixed-width face. */
  code?: string | undefined;
  link?: { url: string; label: string } | undefined;
  closing: string;
  /** What was said before, each under a line that says who and when. */
  history?: { head: string; text: string }[] | undefined;
}

/** How the recipient's language writes what the data hold. */
export interface Writing {
  /** The day of an instant, in the zone of the business. */
  day(instant: string | undefined): string;
  /** Day and time of an instant, in the zone of the business. */
  moment(instant: string | undefined): string;
  /** The amount of the data, in its own currency. */
  amount(): string;
}

/** One kind of mail, in every language there is. */
export type MailTemplate = Record<Locale, (data: MailData, writing: Writing) => Content>;

/** A letter whose key could not be opened must not leave. */
export function readableKey(key: string | null | undefined): string {
  if (!key) throw new Error('the licence key could not be opened');
  return key;
}

/** A link with words on it; none for an address that a browser would not open safely. */
export const link = (url: string | null | undefined, label: string) =>
  url && /^https?:\/\//.test(url) ? { url, label } : undefined;
