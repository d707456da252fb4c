import type Stripe from 'stripe';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { eventVersions } from '@whatautosys/local/stand-ins/stripe';
import { createTestDatabase } from '../database.ts';
import { createOperations } from './operations.ts';
import { expectedState, mirroredState } from './oracle.ts';
import { Random } from './random.ts';
import { createWorld } from './world.ts';

/**
 * `STRIPE_HISTORIES=100` tells a hundred; the daily run tells a few, others than yesterday's are a change of
 * `STRIPE_SEED` away.
 */
const histories = Number(process.env['STRIPE_HISTORIES'] ?? 4);
const firstSeed = Number(process.env['STRIPE_SEED'] ?? 1);
const operationsEach = 200;

// Functions that are killed say so.
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));

describe('the mirror, the licences and the revenue equal what Stripe holds', () => {
  it.each(Array.from({ length: histories }, (_, index) => firstSeed + index))(
    'after history %i: shuffled, repeated, dropped, killed',
    async (seed) => {
      const db = await createTestDatabase();
      try {
        const random = new Random(seed);
        const world = await createWorld(db.sql, random);
        // The world begins empty and known: what comes after is news.
        await db.sql`insert into public.stripe_syncs (kind, status, finished_at) values ('full', 'succeeded', now())`;
        const operate = createOperations(world, random);
        const waiting: Stripe.Event[] = [];
        for (let step = 0; step < operationsEach; step += 1) {
          // An account's events keep the version of the day: it changes when somebody upgrades.
          if (random.chance(0.05)) world.standIn.control.renderEvents(random.pick([null, ...eventVersions]));
          await operate();
          for (const event of world.standIn.events.take()) {
            if (random.chance(0.06)) continue;
            waiting.push(event);
            if (random.chance(0.1)) waiting.push(event);
          }
          random.shuffle(waiting);
          const now = random.chance(0.3) ? waiting.splice(0) : waiting.splice(0, Math.ceil(waiting.length / 2));
          for (const event of now) await world.deliver(event, random.chance(0.08), random.chance(0.05));
        }
        for (const event of random.shuffle(waiting)) await world.deliver(event);
        await world.catchUp();
        expect(await mirroredState(db.sql)).toEqual(await expectedState(world.stripe));
        expect(await world.compareAll(), 'differences left for the nightly comparison').toEqual([]);
      } finally {
        await db.drop();
      }
    },
    180_000,
  );
});
