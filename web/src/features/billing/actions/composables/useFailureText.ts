import { useI18n } from 'vue-i18n';
import { failureText } from '../errors.ts';

/** `failure(code)` → why a payment failed, in words; Stripe's code when there are none. */
export function useFailureText(): (code: string | null | undefined) => string {
  const { t, te, fallbackLocale } = useI18n();
  return (code) =>
    code
      ? (failureText(
          code,
          (key) => t(key),
          (key) => te(key) || te(key, fallbackLocale.value as string),
        ) ?? code)
      : t('actions.failure_unknown');
}
