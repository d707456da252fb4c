import { textOf, type AuditEvent, type EventBook, type EventWords } from '@/shared/events.ts';
import { failureText } from './errors.ts';

const actOf = ({ event_data }: AuditEvent, { t, te }: EventWords): string | null => {
  const key = `actions.act.${textOf(event_data?.action)}`;
  return te(key) ? t(key) : null;
};

/** An act at Stripe, asked for by a member or refused by Stripe. */
const atStripe = (key: string) => (event: AuditEvent, words: EventWords) => {
  const action = actOf(event, words);
  if (!action) return null;
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
