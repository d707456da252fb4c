import type { MailTemplate } from '../content.ts';

const named = (plan: string | undefined) => (plan ? `WhatAutosys ${plan}` : 'WhatAutosys');

export const subscriptionEnding: MailTemplate = {
  fr: ({ plan_name, ends_at, payment_failed }, { day }) => ({
    subject: 'Votre abonnement WhatAutosys se termine bientôt',
    paragraphs: [
      'Bonjour,',
      `Votre abonnement ${named(plan_name)} se termine le ${day(ends_at)}.`,
      payment_failed
        ? 'Son renouvellement n’a pas pu être payé : mettez votre carte à jour pour continuer sans interruption.'
        : 'Il ne sera pas renouvelé automatiquement. ' +
          'Pour continuer sans interruption, réactivez-le avant cette date.',
    ],
    closing: 'Répondez à ce message si nous pouvons vous aider.',
  }),
  en: ({ plan_name, ends_at, payment_failed }, { day }) => ({
    subject: 'Your WhatAutosys subscription ends soon',
    paragraphs: [
      'Hello,',
      `Your ${named(plan_name)} subscription ends on ${day(ends_at)}.`,
      payment_failed
        ? 'Its renewal could not be paid: update your card to go on without interruption.'
        : 'It will not renew by itself. To go on without interruption, reactivate it before that day.',
    ],
    closing: 'Reply to this message if we can help.',
  }),
};
