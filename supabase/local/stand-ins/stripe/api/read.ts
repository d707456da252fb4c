import type { Redemption } from '../billing/discounts.ts';
import { errors } from '../errors.ts';

/** A new subscription redeems; it has no discount of its own to keep. */
export function activeRedemption(one: Redemption | { discount: string }): Redemption {
  if ('discount' in one)
    throw errors.invalid('A discount can only be kept by the subscription that has it', 'discounts');
  return one;
}
