import type { QueryClient } from '@tanstack/vue-query';
import { licenseKeys } from '../licenses/queries.ts';
import { paymentKeys } from '../payments/keys.ts';
import { subscriptionKeys } from '../subscriptions/keys.ts';

/** All that an act at Stripe can have changed. */
export const invalidateBilling = (client: QueryClient): Promise<unknown> =>
  Promise.all(
    [subscriptionKeys.all, paymentKeys.all, licenseKeys.all].map((queryKey) => client.invalidateQueries({ queryKey })),
  );
