import type { AlertWords } from '../words.ts';

export const emailComplained: AlertWords = {
  tell: ({ whose }) => `E-mail signalé comme indésirable : ${whose}`,
  counted: ['e-mail signalé comme indésirable', 'e-mails signalés comme indésirables'],
};
