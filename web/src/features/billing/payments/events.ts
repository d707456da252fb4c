import { textOf, type AuditEvent, type EventBook, type EventWords } from '@/shared/events.ts';
import { failureText } from '../actions/errors.ts';
import { paymentWords } from './words.ts';

const problem = ({ event_data }: AuditEvent, { t, te }: EventWords): string | null => {
  const code = textOf(event_data?.failure_code);
  return code ? (failureText(code, t, te) ?? code) : null;
};

/** A title with the money it is about, and why it failed. */
const paid = (event: AuditEvent, words: EventWords) => {
  const { amount_cents: cents, currency } = event.event_data ?? {};
  if (typeof cents !== 'number') return null;
  const named = {
    title: words.t(`payments.events.${event.event_type}`),
    amount: words.money(cents, textOf(currency) || 'EUR'),
  };
  const why = problem(event, words);
  return why ? { key: 'payment_why', named: { ...named, why } } : { key: 'payment', named };
};

const TITLES = {
  succeeded: { key: 'payment_succeeded', icon: 'i-lucide-credit-card' },
  failed: { key: 'payment_failed', icon: 'i-lucide-circle-alert' },
  pending: { key: 'payment_processing', icon: 'i-lucide-credit-card' },
} as const;

export default {
  entries: {
    payment: ({ data }, { t, te, money }) => ({
      icon: TITLES[data.status].icon,
      title: t(`payments.events.${TITLES[data.status].key}`),
      beside: money(data.amount_cents, data.currency),
      details: [
        paymentWords(t, te).method(data),
        data.invoice_number ?? '',
        data.refunded_cents
          ? t('payments.entries.refunded', { amount: money(data.refunded_cents, data.currency) })
          : '',
      ]
        .filter(Boolean)
        .join(' · '),
      problem: data.failure_code ? (failureText(data.failure_code, t, te) ?? data.failure_code) : undefined,
    }),
  },
  kinds: {
    payment_succeeded: { icon: 'i-lucide-credit-card', tell: paid },
    payment_processing: { icon: 'i-lucide-credit-card', tell: paid },
    checkout_processing: { icon: 'i-lucide-shopping-cart', tell: paid },
    checkout_payment_failed: { icon: 'i-lucide-circle-alert', tell: paid },
    payment_failed: { icon: 'i-lucide-circle-alert', tell: paid, problem },
    payment_refunded: { icon: 'i-lucide-undo-2', tell: paid },
    payment_disputed: { icon: 'i-lucide-scale', tell: paid },
    dispute_closed: { icon: 'i-lucide-scale' },
    payment_fraud_warned: { icon: 'i-lucide-circle-alert', tell: paid },
    credit_note_issued: { icon: 'i-lucide-undo-2', tell: paid },
    credit_note_voided: { icon: 'i-lucide-undo-2', tell: paid },
    invoice_payment_action_required: { icon: 'i-lucide-fingerprint', problem },
    checkout_completed: { icon: 'i-lucide-shopping-cart', tell: paid },
  },
} satisfies EventBook;
