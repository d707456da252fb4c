import { randomUUID } from 'node:crypto';
import { domains, firstNames, lastNames, systems, versions } from './names.ts';
import { Random } from './random.ts';
import phrases from './ticket-phrases.json' with { type: 'json' };
import {
  byDay,
  DAY,
  type DemoTicket,
  iso,
  MINUTE,
  HISTORY,
  type Scenario,
  scenarios,
  type Step,
  toEvent,
} from './tickets.ts';

const topics = phrases.topics.split(' ');
/** As words are used: the second half as often as the first, the third a third as often … */
const topicWeights = Object.fromEntries(topics.map((topic, index) => [topic, 1 / (index + 1)]));
const messagesEach = 5;

export interface Asker {
  license_id: string;
  customer_id: string;
  email: string;
  name: string;
  issued_at: Date;
}

type State = 'over' | 'asked' | 'asked_again' | 'in_progress' | 'waiting';
interface Plan {
  at: number;
  state: State;
  asker: Asker;
  length: number;
}

/** Messages of what is under way: it waits for us, for the customer, or is being looked at. */
const underway = { asked: 1, asked_again: 3, in_progress: 2, waiting: 2 } as const;
const underwayStates = Object.keys(underway) as (keyof typeof underway)[];

/**
 * Requests of fourteen months in the words of the demo and many besides, in order, five messages each on average: about
 * one in eighty is under way, the rest is over. Each has one of many topics, as rare as words are.
 */
export function* makeManyTickets(options: {
  count: number;
  now: Date;
  askers: Asker[];
  staffCount: number;
  seed: number;
}): Generator<DemoTicket> {
  const random = new Random(options.seed);
  for (const plan of makePlans(random, options)) yield tell(random, plan, options);
}

function makePlans(random: Random, { count, now, askers }: { count: number; now: Date; askers: Asker[] }): Plan[] {
  const today = now.getTime();
  const firstUnderway = count - Math.floor(count / 80);
  const plans = Array.from({ length: count }, (_, index): Plan => {
    const asker = random.pick(askers);
    if (index >= firstUnderway) {
      const state = underwayStates[(index - firstUnderway) % underwayStates.length]!;
      return { state, asker, at: beganAt(random, state, today), length: underway[state] };
    }
    const from = Math.max(asker.issued_at.getTime(), today - HISTORY);
    const until = today - 6 * DAY;
    const at = byDay(Math.min(from, until - DAY) + random.next() * Math.max(until - from, DAY));
    return { state: 'over', asker, at, length: messagesEach + (index % 2 ? -1 : 1) * (Math.floor(index / 2) % 4) };
  }).sort((one, other) => one.at - other.at);
  // What is under way is short yet: what is over makes up for it.
  let owed = count * messagesEach - plans.reduce((sum, { length }) => sum + length, 0);
  for (const plan of plans) {
    if (owed === 0) break;
    if (plan.state !== 'over') continue;
    plan.length += 1;
    owed -= 1;
  }
  return plans;
}

function beganAt(random: Random, state: State, now: number): number {
  if (state === 'asked') return now - random.int(2, 80) * MINUTE;
  if (state === 'waiting') return Math.min(byDay(now - random.int(1, 5) * DAY), now - 180 * MINUTE);
  return now - random.int(130, 300) * MINUTE;
}

function tell(
  random: Random,
  { at: start, state, asker, length }: Plan,
  { now, staffCount }: { now: Date; staffCount: number },
): DemoTicket {
  const scenario = random.pick(scenarios.fr);
  const fill = filler(random, asker);
  const steps: Step[] = [];
  const messages: DemoTicket['messages'] = [];
  let at = start;
  for (let place = 0; place < length; place += 1) {
    const by = place % 2 === 0 ? 'customer' : 'staff';
    if (place > 0) at += pause(random, by, state) * MINUTE;
    if (state === 'asked_again' && place === 2) at = now.getTime() - random.int(1, 50) * MINUTE;
    const isLast = place >= length - 2;
    const body = by === 'staff' ? answer(random, scenario, isLast) : ask(random, scenario, place === 0, isLast);
    messages.push({ by, body: fill(body), at: iso(at) });
    const before = steps.at(-1)?.after ?? 'open';
    const after = by === 'customer' ? 'open' : state === 'in_progress' ? 'in_progress' : 'waiting';
    if (after !== before) steps.push({ before, after, at, by });
  }
  const answeredAt = messages[1] ? Date.parse(messages[1].at) : null;
  if (state === 'over') steps.push(...end(random, steps.at(-1)!.after, at));
  const reached = (status: string) => steps.find(({ after }) => after === status);
  const [resolved, closed] = [reached('resolved'), reached('closed')];
  const isKnown = !random.chance(0.02);
  const staff = state === 'asked' && random.chance(0.5) ? null : random.int(0, staffCount - 1);
  const snoozedUntil = state === 'waiting' && random.chance(0.1) ? iso(now.getTime() + random.int(1, 3) * DAY) : null;
  return {
    id: randomUUID(),
    customer_id: isKnown ? asker.customer_id : null,
    license_id: isKnown ? asker.license_id : null,
    sender: isKnown ? null : { address: `nouveau.${asker.email}`, name: asker.name },
    subject: scenario.subject,
    tags: [...scenario.tags].sort(),
    priority: scenario.priority,
    channel: isKnown && random.chance(0.65) ? 'client' : 'mail',
    status: steps.at(-1)?.after ?? 'open',
    created_at: iso(start),
    resolved_at: resolved ? iso(resolved.at) : null,
    closed_at: closed ? iso(closed.at) : null,
    snoozed_until: snoozedUntil,
    staff,
    messages,
    note: answeredAt && random.chance(0.3) ? note(random, scenario, fill, answeredAt) : null,
    events: [
      ...(staff === null ? [] : [given(random, start)]),
      ...steps.map(toEvent),
      ...(snoozedUntil ? [slept(at, snoozedUntil)] : []),
    ],
  };
}

/** Minutes until somebody says something: we mostly keep what we promise. */
function pause(random: Random, by: 'customer' | 'staff', state: State): number {
  if (by === 'customer') return random.int(10, 300);
  return state !== 'over' || random.chance(0.9) ? random.int(4, 75) : random.int(75, 300);
}

function end(random: Random, before: string, said: number): Step[] {
  const at = said + random.int(2, 40) * MINUTE;
  const steps: Step[] = [{ before, after: 'resolved', at, by: 'staff' }];
  if (random.chance(0.9)) steps.push({ before: 'resolved', after: 'closed', at: at + 2 * DAY, by: 'system' });
  return steps;
}

const given = (random: Random, at: number): DemoTicket['events'][number] => ({
  kind: 'assigned',
  by: 'system',
  at: iso(at),
  data: { reason: 'load', load: random.int(0, 4), capacity: 5 },
});

const slept = (at: number, until: string): DemoTicket['events'][number] => ({
  kind: 'snoozed',
  by: 'staff',
  at: iso(at),
  data: { until },
});

function note(random: Random, scenario: Scenario, fill: (text: string) => string, answeredAt: number) {
  const body = scenario.note && random.chance(0.3) ? scenario.note : fill(random.pick(phrases.notes));
  return { body, at: iso(answeredAt - MINUTE) };
}

function ask(random: Random, scenario: Scenario, isFirst: boolean, isLast: boolean): string {
  if (!isFirst) {
    if (isLast && random.chance(0.6)) return scenario.thanks ?? random.pick(phrases.thanks);
    return [random.pick(phrases.replies), ...some(random, phrases.asides, 1)].join(' ');
  }
  const told = [withoutGreeting(scenario.asks), random.pick(phrases.purposes), ...some(random, phrases.asides, 3)];
  return [random.pick(phrases.greetings), told.join(' '), random.pick(phrases.closings)].join('\n\n');
}

function answer(random: Random, scenario: Scenario, isLast: boolean): string {
  const told = isLast ? [withoutGreeting(scenario.answers.at(-1)!)] : some(random, phrases.checks, 3);
  if (told.length === 0) told.push(random.pick(phrases.checks));
  return ['Bonjour,', told.join(' '), random.pick(phrases.signatures)].join('\n\n');
}

const withoutGreeting = (text: string) => text.replace(/^Bonjour[^,\n]*,\s*/, '');

/** None to `most` of them, none twice. */
function some(random: Random, from: string[], most: number): string[] {
  return [...new Set(Array.from({ length: random.int(0, most) }, () => random.pick(from)))];
}

/** Puts what is this request's own into its sentences: its topic throughout, the rest anew each time. */
function filler(random: Random, asker: Asker): (text: string) => string {
  const topic = random.weighted(topicWeights);
  const person = () => `${random.pick(firstNames)} ${random.pick(lastNames)}`;
  const values: Record<string, () => string> = {
    topic: () => topic,
    me: () => asker.name,
    person,
    day: () => random.pick(phrases.days),
    count: () => String(random.int(12, 4_800)),
    version: () => random.weighted(versions),
    os: () => random.pick(systems),
    hour: () => `${random.int(8, 18)} h ${String(random.int(0, 59)).padStart(2, '0')}`,
    city: () => random.pick(phrases.cities),
    code: () => random.pick(phrases.codes),
    path: () => `C:\\WhatAutosys\\${random.pick(phrases.folders)}`,
    address: () =>
      `${random.pick(['contact', 'accueil', 'ventes', 'atelier'])}@${topicHost(topic)}.${random.pick(domains)}`,
  };
  return (text) => text.replace(/\{([a-z]+)\}/g, (_, name: string) => values[name]!());
}

const topicHost = (topic: string) =>
  topic
    .normalize('NFD')
    .replace(/œ/g, 'oe')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();
