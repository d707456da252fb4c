import type { AlertWords } from '../words.ts';

export const revocationIncomplete: AlertWords = {
  tell: ({ whose, amount }) => `Licence révoquée mais remboursement non fait : ${whose}, ${amount()}`,
  counted: ['remboursement non fait après une révocation', 'remboursements non faits après une révocation'],
};
