import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import Stripe from 'stripe';
import { handledTypes } from '../edge-functions/_shared/stripe-events.ts';

const guide = readFileSync(join(import.meta.dirname, 'stripe.md'), 'utf8');
const section = (title: string) => guide.split(`\n## ${title}\n`)[1]!.split('\n## ')[0]!;

it('the guide lists the events the endpoint listens to, in the order of the code', () => {
  const [, listed] = /```\n([^`]+)\n```/.exec(section('Events of the endpoint'))!;
  expect(listed!.split('\n')).toEqual([...handledTypes]);
});

it('the guide names the version of the API the console reads', () =>
  expect(guide).toContain(`API version \`${Stripe.API_VERSION}\``));

it('every fenced block stands on lines of its own', () => {
  const fences = guide.split('\n').filter((line) => line.includes('```'));
  expect(fences.filter((line) => !/^\s*```(sh|sql)?$/.test(line))).toEqual([]);
  expect(fences.length % 2).toBe(0);
});
