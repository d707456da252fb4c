import type { AuditEvent } from '@/shared/events.ts';

type Named = Record<string, string | number>;

export interface Words {
  t(key: string, named?: Named, count?: number): string;
  te(key: string): boolean;
  date(value: string): string;
  number(value: number): string;
  money(cents: number, currency: string): string;
  /** Why a card was refused, from Stripe's code. */
  failure(code: string): string;
  /** Name of a staff member, if there is one by that id. */
  staff(id: string): string | undefined;
}

const text = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : value == null
        ? ''
        : JSON.stringify(value);
const count = (value: unknown): number => (typeof value === 'number' ? value : Number(value) || 0);

interface Sentence {
  key: string;
  named?: Named;
  count?: number;
}
type Teller = (event: AuditEvent, words: Words) => Sentence | null;

const before = (event: AuditEvent, field: string): unknown => event.event_data?.before?.[field];
const after = (event: AuditEvent, field: string): unknown => event.event_data?.after?.[field];
const plan = (value: unknown, { t, te }: Words) =>
  te(`licenses.plan.${text(value)}`) ? t(`licenses.plan.${text(value)}`) : text(value);
const role = (value: unknown, { t, te }: Words) =>
  te(`shared.role.${text(value)}`) ? t(`shared.role.${text(value)}`) : text(value);
const person = ({ event_data }: AuditEvent, words: Words) =>
  words.staff(text(event_data?.id)) ??
  (text(event_data?.after?.display_name) || text(event_data?.after?.email) || text(event_data?.email));

/** A sentence about a person; without a name the plain title says more. */
const about =
  (key: string): Teller =>
  (event, words) => {
    const name = person(event, words);
    return name ? { key, named: { name, role: role(after(event, 'role'), words) } } : null;
  };

/** A title with the money it is about, and why it failed. */
const paid: Teller = ({ event_type, event_data }, words) => {
  if (typeof event_data?.amount_cents !== 'number') return null;
  const why = text(event_data.failure_code);
  const named = {
    title: words.t(`shared.events.${event_type}`),
    amount: words.money(event_data.amount_cents, text(event_data.currency) || 'EUR'),
  };
  return why ? { key: 'payment_why', named: { ...named, why: words.failure(why) } } : { key: 'payment', named };
};

const toEmail =
  (key: string): Teller =>
  (event) =>
    event.event_data?.email ? { key, named: { email: text(event.event_data.email) } } : null;

/** An act at Stripe, asked for by a member or refused by Stripe. */
const atStripe =
  (key: string): Teller =>
  ({ event_data }, { t, te, failure }) => {
    const action = `audit.stripe_action.${text(event_data?.action)}`;
    if (!te(action)) return null;
    const error = (event_data?.error ?? {}) as Record<string, unknown>;
    const why = text(error.decline_code ?? error.code);
    return { key: why ? `${key}_why` : key, named: { action: t(action), why: why && failure(why) } };
  };

const TELLERS: Record<string, Teller> = {
  subscription_plan_changed: (event, words) => ({
    key: 'license_plan_changed',
    named: { before: plan(before(event, 'plan'), words), after: plan(after(event, 'plan'), words) },
  }),
  subscription_cancel_scheduled: (event, words) =>
    event.event_data?.ends_at
      ? { key: 'subscription_cancel_scheduled', named: { date: words.date(text(event.event_data.ends_at)) } }
      : null,
  license_renewed: (event, words) =>
    after(event, 'expires_at')
      ? { key: 'license_renewed', named: { date: words.date(text(after(event, 'expires_at'))) } }
      : null,
  reminder_sent: toEmail('reminder_sent'),
  portal_link_created: toEmail('portal_link_created'),
  checkout_link_created: (event, words) =>
    event.event_data?.email
      ? {
          key: 'checkout_link_created',
          named: { email: text(event.event_data.email), plan: plan(event.event_data.plan, words) },
        }
      : null,
  stripe_action_requested: atStripe('stripe_action_requested'),
  stripe_action_failed: atStripe('stripe_action_failed'),
  payment_succeeded: paid,
  payment_failed: paid,
  payment_refunded: paid,
  payment_disputed: paid,
  checkout_completed: paid,
  license_created: (event, words) => ({
    key: event.event_data?.import_id ? 'license_imported' : 'license_created',
    named: { plan: plan(after(event, 'plan'), words) },
  }),
  license_extended: (event, words) => {
    const days = count(event.event_data?.days);
    const until = text(after(event, 'expires_at'));
    return days && until
      ? { key: 'license_extended', named: { days: words.number(days), date: words.date(until) }, count: days }
      : null;
  },
  license_plan_changed: (event, words) => ({
    key: 'license_plan_changed',
    named: { before: plan(before(event, 'plan'), words), after: plan(after(event, 'plan'), words) },
  }),
  license_auto_renew_changed: (event) => ({ key: after(event, 'auto_renew') ? 'auto_renew_on' : 'auto_renew_off' }),
  license_transferred: (event) =>
    after(event, 'hwid_hint') ? { key: 'license_transferred', named: { hwid: text(after(event, 'hwid_hint')) } } : null,
  license_import_completed: (event, words) => {
    const created = count(event.event_data?.created);
    return { key: 'license_import_completed', named: { count: words.number(created) }, count: created };
  },
  license_import_undone: (event, words) => {
    const undone = count(event.event_data?.undone);
    return { key: 'license_import_undone', named: { count: words.number(undone) }, count: undone };
  },
  customer_created: (event) =>
    after(event, 'email') ? { key: 'customer_created', named: { email: text(after(event, 'email')) } } : null,
  staff_created: about('staff_created'),
  staff_invited: (event, words) =>
    about(before(event, 'invited_at') ? 'staff_invited_again' : 'staff_invited')(event, words),
  staff_role_changed: about('staff_role_changed'),
  staff_deactivated: about('staff_deactivated'),
  staff_reactivated: about('staff_reactivated'),
  staff_mfa_reset: about('staff_mfa_reset'),
  staff_updated: about('staff_updated'),
  settings_changed: (event) => ({
    key: 'settings_changed',
    named: {
      key: text(event.event_data?.id),
      before: text(before(event, 'value')),
      after: text(after(event, 'value')),
    },
  }),
  plan_changed: (event, words) => ({ key: 'plan_changed', named: { plan: plan(event.event_data?.id, words) } }),
  export_created: (event, words) => {
    const rows = count(event.event_data?.row_count);
    const subject = text(event.event_data?.subject);
    if (!words.te(`audit.sentence.export_${subject}`)) return null;
    return {
      key: `export_${subject}`,
      named: { count: words.number(rows), format: text(event.event_data?.format).toUpperCase() },
      count: rows,
    };
  },
};

/** What happened, in one sentence; the type's title when the event holds nothing more. */
export function eventSentence(event: AuditEvent, words: Words): string {
  const told = TELLERS[event.event_type]?.(event, words);
  if (told) return words.t(`audit.sentence.${told.key}`, told.named ?? {}, told.count);
  const title = `shared.events.${event.event_type}`;
  return words.te(title) ? words.t(title) : event.event_type;
}
