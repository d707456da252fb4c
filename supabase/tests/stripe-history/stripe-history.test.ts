import fc from 'fast-check';
import type Stripe from 'stripe';
import { beforeAll, expect, it, vi } from 'vitest';
import { createTestDatabase } from '../database.ts';
import { createOperations } from './operations.ts';
import { expectedState, mirroredState } from './oracle.ts';
import { Random } from './random.ts';
import { histories, type Step } from './steps.ts';
import { createWorld } from './world.ts';

/**
 * `STRIPE_HISTORIES=100` tells a hundred; the daily run tells a few, others than yesterday's are a change of
 * `STRIPE_SEED` away. What fails is told again with fewer and fewer steps, and printed at its shortest.
 */
const count = Number(process.env['STRIPE_HISTORIES'] ?? 4);
const firstSeed = Number(process.env['STRIPE_SEED'] ?? 1);
const shrinkMs = 900_000;

// Functions that are killed say so.
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));

/** Lives through the steps; events come shuffled, repeated, thin, not at all, and to a function that dies. */
async function live(steps: readonly Step[]): Promise<void> {
  const db = await createTestDatabase();
  try {
    const random = new Random(1);
    const world = await createWorld(db.sql, random);
    // The world begins empty and known: what comes after is news.
    await db.sql`insert into public.stripe_syncs (kind, status, finished_at) values ('full', 'succeeded', now())`;
    const operate = createOperations(world, random);
    const waiting: Stripe.Event[] = [];
    for (const { what, luck, after } of steps) {
      random.begin(luck);
      world.pass(after);
      await operate(what);
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
}

it.each(Array.from({ length: count }, (_, index) => firstSeed + index))(
  'mirror, licences and revenue equal what Stripe holds after history %i',
  (seed) =>
    fc.assert(fc.asyncProperty(histories, live), {
      seed,
      numRuns: 1,
      interruptAfterTimeLimit: shrinkMs,
      markInterruptAsFailure: true,
    }),
  shrinkMs + 60_000,
);
