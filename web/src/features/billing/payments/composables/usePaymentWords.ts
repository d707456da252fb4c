import { useI18n } from 'vue-i18n';
import { paymentWords } from '../words.ts';

/** How something was paid, in the language of the page. */
export function usePaymentWords() {
  const { t, te } = useI18n();
  return paymentWords((key, named = {}) => t(key, named), te);
}
