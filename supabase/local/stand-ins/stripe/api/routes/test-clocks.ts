import type Stripe from 'stripe';
import { advanceTo } from '../../billing/clock.ts';
import { errors } from '../../errors.ts';
import { find, type Route } from './route.ts';

export const testClocks: Route[] = [
  [
    'POST',
    'test_helpers/test_clocks',
    (core, params) =>
      core.store.testClocks.put({
        id: core.id('clock'),
        object: 'test_helpers.test_clock',
        created: core.now(),
        deletes_after: core.now() + 30 * 86_400,
        frozen_time: params.integer('frozen_time') ?? core.now(),
        livemode: false,
        name: params.text('name') ?? null,
        status: 'ready',
        status_details: {},
      } as Stripe.TestHelpers.TestClock),
  ],
  ['GET', 'test_helpers/test_clocks/:id', (core, _, id) => find(core.store.testClocks.get(id), 'test clock', id)],
  [
    'POST',
    'test_helpers/test_clocks/:id/advance',
    (core, params, id) => {
      const clock = find(core.store.testClocks.get(id), 'test clock', id);
      const moment = params.integer('frozen_time');
      if (moment === undefined || moment <= clock.frozen_time)
        throw errors.invalid('frozen_time must be later than the current one', 'frozen_time');
      for (const customer of core.store.customers.by('clock', id)) advanceTo(core, customer.id, moment);
      return core.store.testClocks.patch(id, { frozen_time: moment });
    },
  ],
  [
    'DELETE',
    'test_helpers/test_clocks/:id',
    (core, _, id) => {
      core.store.testClocks.remove(find(core.store.testClocks.get(id), 'test clock', id).id);
      return { id, object: 'test_helpers.test_clock', deleted: true };
    },
  ],
];
