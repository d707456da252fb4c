import fc from 'fast-check';
import { type Operation, weights } from './operations.ts';

/** One step of a history. What its luck decides stays the same when other steps are left out. */
export interface Step {
  what: Operation;
  luck: number;
  /** Seconds before it. */
  after: number;
}

const day = 86_400;
const operation = fc.oneof(
  ...Object.entries(weights).map(([what, weight]) => ({ weight, arbitrary: fc.constant(what as Operation) })),
);
const step: fc.Arbitrary<Step> = fc.record({
  what: operation,
  luck: fc.noShrink(fc.nat()),
  after: fc.constantFrom(0, 0, 1, 30, 3_600, day),
});

/** Some two hundred steps, which shrink to the few that matter. */
export const histories: fc.Arbitrary<Step[]> = fc
  .noBias(fc.array(fc.array(step, { maxLength: 40, size: 'max' }), { minLength: 10, maxLength: 10 }))
  .map((parts) => parts.flat());
