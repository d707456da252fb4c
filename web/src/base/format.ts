import { createSharedComposable, useNow } from '@vueuse/core';
import { computed, type ComputedRef } from 'vue';
import { minorDigits } from '@contracts/constants/currencies.ts';
import { useI18n } from 'vue-i18n';
import { businessZone } from './business-zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KIBI = 1024;
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte'];

type Instant = string | number | Date;
type Unit = 'day' | 'hour' | 'minute';

/** One clock for the page: every relative time on screen moves together. */
export const useClock = createSharedComposable(() => useNow({ interval: 30_000 }));

const toUnit = (milliseconds: number): [number, Unit] => {
  const size = Math.abs(milliseconds);
  // To the nearest day: thirty days given a minute ago are still thirty.
  if (size >= DAY) return [Math.round(size / DAY), 'day'];
  if (size >= HOUR) return [Math.floor(size / HOUR), 'hour'];
  return [Math.max(1, Math.floor(size / MINUTE)), 'minute'];
};

export interface Formatter {
  number(value: number): string;
  /** Minor units to an amount, without decimals when there are none: 2900 EUR, 2900 JPY and 2900 KWD differ. */
  money(minor: number, currency?: string): string;
  /** One amount a currency: they are never added. */
  amounts(each: readonly { cents: number; currency: string }[]): string;
  date(value: Instant): string;
  dateTime(value: Instant): string;
  longDate(value: Instant): string;
  /** “il y a 3 h”, “in 2 days”; “maintenant” within a minute. */
  relative(value: Instant, now: Date): string;
  /** Length without direction: “22 jours”, “5 h”. */
  duration(milliseconds: number): string;
  /** From one moment to another, in days of the calendar: what was given for thirty is thirty until midnight. */
  span(from: Instant, to: Instant): string;
  /** Size of a file: “812 octets”, “1,4 Mo”. */
  bytes(value: number): string;
}

/** Making one of Intl's formats costs more than using it a hundred times. */
function cached<Key extends string, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new Map<Key, Made>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}

/** Minor units as a number of whole ones, for spreadsheets. */
export const toMajor = (minor: number, currency: string): number => minor / 10 ** minorDigits(currency);

const formatters = cached((key: string): Formatter => {
  const [locale, timeZone] = key.split(' ') as [string, string];
  const numbers = new Intl.NumberFormat(locale);
  const dates = new Intl.DateTimeFormat(locale, { day: '2-digit', month: '2-digit', year: 'numeric', timeZone });
  const times = new Intl.DateTimeFormat(locale, {
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  const longDates = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });
  const thisMoment = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second');
  const amounts = cached((key: string) => {
    const [currency, digits] = key.split(' ');
    return new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: currency!,
      // Whatever Intl holds of a currency, Stripe's amounts have Stripe's decimals.
      minimumFractionDigits: Number(digits),
      maximumFractionDigits: Number(digits),
    });
  });
  const days = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone });
  const dayNumber = (value: Instant) => Math.round(Date.parse(days.format(new Date(value))) / DAY);
  const lengths = cached(
    (unit: Unit) =>
      new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: unit === 'day' ? 'long' : 'short' }),
  );
  const sizes = cached(
    (unit: string) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: unit === 'byte' ? 'long' : 'short',
        maximumFractionDigits: unit === 'megabyte' ? 1 : 0,
      }),
  );
  const money = (minor: number, currency = 'EUR'): string => {
    const digits = minorDigits(currency);
    const size = 10 ** digits;
    return amounts(`${currency} ${minor % size === 0 ? 0 : digits}`).format(minor / size);
  };
  return {
    number: (value) => numbers.format(value),
    money,
    amounts: (each) => each.map(({ cents, currency }) => money(cents, currency)).join(' · '),
    date: (value) => dates.format(new Date(value)),
    dateTime: (value) => times.format(new Date(value)),
    longDate: (value) => longDates.format(new Date(value)),
    relative(value, now) {
      const difference = new Date(value).getTime() - now.getTime();
      // The page's clock ticks by half minutes: what has just happened may lie ahead of it.
      if (Math.abs(difference) < MINUTE) return thisMoment;
      const [amount, unit] = toUnit(difference);
      return relative.format(difference < 0 ? -amount : amount, unit);
    },
    duration(milliseconds) {
      const [amount, unit] = toUnit(milliseconds);
      return lengths(unit).format(amount);
    },
    span(from, to) {
      const size = new Date(to).getTime() - new Date(from).getTime();
      if (Math.abs(size) < DAY) return this.duration(size);
      return lengths('day').format(Math.abs(dayNumber(to) - dayNumber(from)));
    },
    bytes(value) {
      const power = value < KIBI ? 0 : value < KIBI ** 2 ? 1 : 2;
      return sizes(BYTE_UNITS[power]!).format(value / KIBI ** power);
    },
  };
});

/** Days are the business's; moments the reader's. */
export const createFormatter = (locale: string, zone = businessZone()): Formatter => formatters(`${locale} ${zone}`);

/** British English: the same day/month order as the French screens, and “licence”. */
export const formatLocale = (language: string): string => (language === 'fr' ? 'fr-FR' : 'en-GB');

export function useFormat(): ComputedRef<Formatter> {
  const { locale } = useI18n();
  return computed(() => createFormatter(formatLocale(locale.value)));
}
