import { minorDigits } from '../constants/currencies.ts';
import type { metricUnits } from '../constants/metrics.ts';
import type { Locale } from '../constants/staff.ts';

export type Unit = (typeof metricUnits)[number];
export interface Amount {
  unit: Unit;
  /** Minor units, a count, a rate of 1, a ratio or seconds. */
  value: number;
  currency: string;
}
/** Words, an amount, or nothing to tell. */
export type Cell = string | Amount | null;

const tags: Record<Locale, string> = { fr: 'fr-FR', en: 'en-GB' };
const isAmount = (cell: Cell): cell is Amount => typeof cell === 'object' && cell !== null;

/** The number as a spreadsheet adds it up: units of the currency, percent, hours. */
export function plainNumber({ unit, value, currency }: Amount): number {
  const round = (ratio: number) => Number(ratio.toFixed(2));
  switch (unit) {
    case 'money':
      return value / 10 ** minorDigits(currency);
    case 'rate': {
      const percent = value * 100;
      return round(percent);
    }
    case 'seconds':
      return round(value / 3600);
    case 'ratio':
      return round(value);
    case 'count':
      return value;
  }
}

/** What a plain number is counted in. */
export const unitWord = ({ unit, currency }: Pick<Amount, 'unit' | 'currency'>): string =>
  unit === 'money' ? currency : unit === 'rate' ? '%' : unit === 'seconds' ? 'h' : '';

/** For people; a figure without data is “—”, never 0. */
export function say(cell: Cell, language: Locale): string {
  if (!isAmount(cell)) return cell ?? '—';
  const { unit, currency } = cell;
  const digits = unit === 'money' ? minorDigits(currency) : unit === 'count' ? 0 : unit === 'rate' ? 1 : 2;
  return new Intl.NumberFormat(tags[language], {
    ...(unit === 'money' ? { style: 'currency', currency } : unit === 'rate' ? { style: 'percent' } : {}),
    minimumFractionDigits: unit === 'ratio' || unit === 'seconds' ? 0 : digits,
    maximumFractionDigits: digits,
  })
    .format(unit === 'rate' ? cell.value : plainNumber(cell))
    .concat(unit === 'seconds' ? '\u00A0h' : '');
}

/** A number of a file, with the decimal mark of its language. */
export const writeNumber = (amount: Amount, language: Locale): string => {
  const digits = amount.unit === 'money' ? minorDigits(amount.currency) : null;
  const number = plainNumber(amount);
  const text = digits === null ? String(number) : number.toFixed(digits);
  return language === 'fr' ? text.replace('.', ',') : text;
};

/** A day by itself, which is the same everywhere. */
export const sayDay = (day: string, language: Locale, dateStyle: 'long' | 'medium' = 'long'): string =>
  new Intl.DateTimeFormat(tags[language], { dateStyle, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));

export const sayMonth = (day: string, language: Locale): string =>
  new Intl.DateTimeFormat(tags[language], { month: 'short', year: '2-digit', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );

export const sayMoment = (instant: string, language: Locale, timeZone: string): string =>
  new Intl.DateTimeFormat(tags[language], { dateStyle: 'long', timeStyle: 'short', timeZone }).format(
    new Date(instant),
  );

export const sayInstantDay = (instant: string, language: Locale, timeZone: string): string =>
  new Intl.DateTimeFormat(tags[language], { dateStyle: 'medium', timeZone }).format(new Date(instant));
