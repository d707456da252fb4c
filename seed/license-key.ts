import type { Random } from './random.ts';

const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** The form of `private.generate_license_key()`; the database test of the seed holds the two together. */
export function makeLicenseKey(random: Random): string {
  const values = Array.from({ length: 24 }, () => random.int(0, 30));
  values.push(values.reduce((sum, value, index) => sum + value * (index + 1), 0) % 31);
  return values
    .map((value) => alphabet[value])
    .join('')
    .replace(/.{5}(?=.)/g, '$&-');
}
