import { after, textOf, type EventBook } from '@/shared/events.ts';

export default {
  entries: {
    mail: ({ data }, { t, te }) => ({
      icon: 'i-lucide-mail',
      title: te(`customers.emails.template.${data.template}`)
        ? t(`customers.emails.template.${data.template}`)
        : data.template,
      beside: data.recipient ?? undefined,
      details: t(`customers.emails.state.${data.state}`),
      problem: data.reason ?? undefined,
    }),
  },
  kinds: {
    customer_created: {
      icon: 'i-lucide-user-plus',
      tell: (event) =>
        after(event, 'email') ? { key: 'customer_created', named: { email: textOf(after(event, 'email')) } } : null,
    },
    customer_updated: { icon: 'i-lucide-user-pen' },
    customer_mail_refused: {
      icon: 'i-lucide-mail-x',
      tell: (event) => (after(event, 'mail_refused') === 'complained' ? { key: 'customer_complained' } : null),
    },
    customer_forgotten: { icon: 'i-lucide-user-x' },
  },
} satisfies EventBook;
