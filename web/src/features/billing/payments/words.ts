import type { PaymentRow } from './types.ts';

const BRANDS: Record<string, string> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'American Express',
  cartes_bancaires: 'CB',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  unionpay: 'UnionPay',
};

type Card = Pick<PaymentRow, 'card_brand' | 'card_last4'>;

type Translate = (key: string, named?: Record<string, unknown>) => string;

/** How something was paid: “Visa •••• 4242”, “Prélèvement SEPA”. */
export function paymentWords(t: Translate, te: (key: string) => boolean) {
  const card = ({ card_brand, card_last4 }: Card): string =>
    card_last4
      ? t('payments.method.card_ending', {
          brand: (card_brand && BRANDS[card_brand]) || t('payments.method.card'),
          last4: card_last4,
        })
      : t('shared.none');
  return {
    card,
    /** Who paid; a guest has no address here. */
    payer: ({ email }: Pick<PaymentRow, 'email'>): string => email ?? t('payments.guest'),
    /** A state of a dispute Stripe has added since shows as it is. */
    dispute: (status: string): string => (te(`payments.dispute.${status}`) ? t(`payments.dispute.${status}`) : status),
    /** So is a suspicion of the bank. */
    fraud: (type: string): string =>
      te(`payments.fraud.${type}`) ? t(`payments.fraud.${type}`) : t('payments.fraud.unknown', { type }),
    method: (payment: Card & Pick<PaymentRow, 'payment_method'>): string => {
      if (payment.card_last4) return card(payment);
      if (!payment.payment_method) return t('shared.none');
      return te(`payments.method.${payment.payment_method}`)
        ? t(`payments.method.${payment.payment_method}`)
        : payment.payment_method;
    },
  };
}
