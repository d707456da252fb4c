import type { MailTemplate } from '../content.ts';

/** What support answers, in its own words; only what is public is ever handed to it. */
export const ticketMessage: MailTemplate = {
  fr: ({ ticket_number, ticket_subject, message, history = [] }, { moment }) => ({
    subject: `Re: ${ticket_subject} [#${ticket_number}]`,
    paragraphs: [],
    message: message ?? '',
    closing: `Votre demande porte le numéro ${ticket_number}. Répondez à ce message pour continuer.`,
    history: history.map(({ by, at, text }) => ({
      head: `Le ${moment(at)}, ${by === 'customer' ? 'vous avez écrit' : 'WhatAutosys a écrit'} :`,
      text,
    })),
  }),
  en: ({ ticket_number, ticket_subject, message, history = [] }, { moment }) => ({
    subject: `Re: ${ticket_subject} [#${ticket_number}]`,
    paragraphs: [],
    message: message ?? '',
    closing: `Your request has the number ${ticket_number}. Reply to this message to go on.`,
    history: history.map(({ by, at, text }) => ({
      head: `On ${moment(at)}, ${by === 'customer' ? 'you' : 'WhatAutosys'} wrote:`,
      text,
    })),
  }),
};
