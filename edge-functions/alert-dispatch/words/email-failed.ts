import type { AlertWords } from '../words.ts';

export const emailFailed: AlertWords = {
  tell: ({ data }) => `Un e-mail à un client n’est pas parti${data['error'] ? ` : ${data['error']}` : ''}`,
  counted: ['e-mail à un client pas parti', 'e-mails à des clients pas partis'],
};
