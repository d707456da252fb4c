import type { MailData, MailTemplate } from '../content.ts';

const changes: Record<string, Record<'fr' | 'en', (data: MailData) => string>> = {
  password_changed: {
    fr: () => 'Votre mot de passe a été changé.',
    en: () => 'Your password was changed.',
  },
  factor_added: {
    fr: ({ factor }) => `Un second facteur a été ajouté à votre compte${factor ? ` : « ${factor} »` : ''}.`,
    en: ({ factor }) => `A second factor was added to your account${factor ? `: “${factor}”` : ''}.`,
  },
  factor_removed: {
    fr: ({ factor }) => `Un second facteur a été retiré de votre compte${factor ? ` : « ${factor} »` : ''}.`,
    en: ({ factor }) => `A second factor was removed from your account${factor ? `: “${factor}”` : ''}.`,
  },
  factors_reset: {
    fr: () => 'Un administrateur a réinitialisé votre second facteur : vous en choisirez un autre à la connexion.',
    en: () => 'An administrator reset your second factor: you will set up another when you sign in.',
  },
  sessions_ended: {
    fr: ({ count }) =>
      (count ?? 1) > 1 ? `${count} autres sessions ont été fermées.` : 'Une autre session a été fermée.',
    en: ({ count }) => ((count ?? 1) > 1 ? `${count} other sessions were ended.` : 'Another session was ended.'),
  },
  recovery_codes_made: {
    fr: () => 'De nouveaux codes de secours ont été créés. Les anciens ne servent plus.',
    en: () => 'New recovery codes were made. The old ones no longer work.',
  },
  recovered: {
    fr: ({ count }) =>
      'Un code de secours a remplacé votre second facteur, et vos autres sessions ont été fermées. ' +
      `Codes restants : ${count ?? 0}.`,
    en: ({ count }) =>
      `A recovery code replaced your second factor, and your other sessions were ended. Codes left: ${count ?? 0}.`,
  },
};

function said(data: MailData, locale: 'fr' | 'en'): string {
  const words = changes[data.change ?? ''];
  if (!words) throw new Error(`no words for the change "${data.change}"`);
  return words[locale](data);
}

/** To a colleague, of his own account: an alarm when it was not him. */
export const accountChanged: MailTemplate = {
  fr: (data, { moment }) => ({
    subject: 'Votre compte WhatAutosys Admin a changé',
    paragraphs: ['Bonjour,', said(data, 'fr'), `C’était le ${moment(data.changed_at)}.`],
    closing:
      'Si ce n’est pas vous, changez votre mot de passe tout de suite et prévenez un administrateur : ' +
      'il peut fermer toutes vos sessions.',
  }),
  en: (data, { moment }) => ({
    subject: 'Your WhatAutosys Admin account has changed',
    paragraphs: ['Hello,', said(data, 'en'), `This was on ${moment(data.changed_at)}.`],
    closing:
      'If it was not you, change your password at once and tell an administrator, who can end all your sessions.',
  }),
};
