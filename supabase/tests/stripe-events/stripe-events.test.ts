import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eventVersions } from '@whatautosys/local/stand-ins/stripe';
import { createTestDatabase } from '../database.ts';
import { expectedState, mirroredState } from '../stripe-history/oracle.ts';
import { Random } from '../stripe-history/random.ts';
import { createWorld } from '../stripe-history/world.ts';
import { liveThrough } from './account.ts';

const orders: Record<string, (events: Stripe.Event[]) => Stripe.Event[]> = {
  'as they happened': (events) => events,
  'the last first': (events) => events.toReversed(),
  'shuffled, and each twice': (events) => new Random(5).shuffle([...events, ...events]),
};

describe.each([...eventVersions, null])('events of version %s (null: of our own)', (version) => {
  it.each(Object.keys(orders))('%s: each answered 200, none lost, the right rows', async (order) => {
    const db = await createTestDatabase();
    try {
      const world = await createWorld(db.sql, new Random(3));
      await db.sql`insert into public.stripe_syncs (kind, status, finished_at) values ('full', 'succeeded', now())`;
      world.standIn.control.renderEvents(version);
      await liveThrough(world);
      const events = world.standIn.events.take();
      const types = new Set(events.map(({ type }) => type));
      expect(types.size).toBeGreaterThan(60);

      const answers = new Set<number>();
      for (const event of orders[order]!(events)) answers.add(await world.deliver(event));
      expect([...answers]).toEqual([200]);
      await world.catchUp();

      const told = await db.sql`select status, count(*)::int as count from public.stripe_events
        where type = any (${[...types]}) group by status order by status`;
      expect(told.map(({ status }) => status as string)).toEqual(['ignored', 'processed']);
      expect(told.reduce((sum, { count }) => sum + (count as number), 0)).toBe(events.length);
      expect(await mirroredState(db.sql)).toEqual(await expectedState(world.stripe));
      expect(await world.compareAll(), 'differences left for the nightly comparison').toEqual([]);
    } finally {
      await db.drop();
    }
  });
});
