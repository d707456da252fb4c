import { minorDigits } from '@contracts/constants/currencies.ts';
import { computed } from 'vue';
import { useFormat } from '@/base/format.ts';

/** Charts draw whole units, and their axis wants them in words. */
export function useMajorMoney(currency: () => string) {
  const format = useFormat();
  return computed(
    () => (amount: number) => format.value.money(Math.round(amount * 10 ** minorDigits(currency())), currency()),
  );
}
