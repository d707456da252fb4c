import { textOf, type AuditEvent, type EventBook, type EventWords } from '@/shared/events.ts';
import { failureText } from './errors.ts';

const actOf = ({ event_data }: AuditEvent, { t, te, money }: EventWords): string | null => {
  const cents = event_data?.amount_cents;
  if (event_data?.action === 'refund' && typeof cents === 'number' && textOf(event_data?.currency))
    return t('actions.act.refund_of', { amount: money(cents, textOf(event_data.currency)) });
  const key = `actions.act.${textOf(event_data?.action)}`;
  return te(key) ? t(key) : null;
};

/** An act at Stripe, asked for by a member or refused by Stripe. */
const atStripe = (key: string) => (event: AuditEvent, words: EventWords) => {
  const action = actOf(event, words);
  if (!action) return null;
  if (event.event_data?.settled_by === 'look' && key === 'stripe_action_failed')
    return { key: 'stripe_action_not_done', named: { action } };
  const error = (event.event_data?.error ?? {}) as Record<string, unknown>;
  const code = textOf(error.decline_code ?? error.code);
  return code
    ? { key: `${key}_why`, named: { action, why: failureText(code, words.t, words.te) ?? code } }
    : { key, named: { action } };
};

export default {
  kinds: {
    stripe_action_requested: {
      icon: 'i-lucide-send',
      tell: atStripe('stripe_action_requested'),
      beside: actOf,
    },
    stripe_action_failed: { icon: 'i-lucide-circle-alert', tell: atStripe('stripe_action_failed'), beside: actOf },
    stripe_action_unknown: { icon: 'i-lucide-cloud-alert', tell: atStripe('stripe_action_unknown'), beside: actOf },
    stripe_action_confirmed: {
      icon: 'i-lucide-circle-check',
      tell: atStripe('stripe_action_confirmed'),
      beside: actOf,
    },
    checkout_link_created: {
      icon: 'i-lucide-link',
      tell: ({ customer_email: email, event_data }, words) =>
        email ? { key: 'checkout_link_created', named: { email, plan: words.plan(textOf(event_data?.plan)) } } : null,
    },
    portal_link_created: {
      icon: 'i-lucide-external-link',
      tell: ({ customer_email: email }) => (email ? { key: 'portal_link_created', named: { email } } : null),
    },
  },
} satisfies EventBook;
