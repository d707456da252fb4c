import type { DemoData } from './demo-data.ts';
import { Random } from './random.ts';
import words from './ticket-words.json' with { type: 'json' };

export const MINUTE = 60_000;
export const DAY = 86_400_000;
/** Fourteen months. */
export const HISTORY = 426 * DAY;

export interface Scenario {
  subject: string;
  tags: string[];
  priority: 'low' | 'medium' | 'high' | 'critical';
  asks: string;
  /** What support answers, in Markdown; a question first where more must be known. */
  answers: string[];
  /** What the customer says to each answer but the last. */
  replies: string[];
  note?: string;
  thanks?: string;
}
/** What customers of such a product write, and what becomes of it. */
export const scenarios = words as Record<'fr' | 'en', Scenario[]>;

interface Said {
  by: 'customer' | 'staff';
  body: string;
  at: number;
}
export interface Step {
  before: string;
  after: string;
  at: number;
  by: 'customer' | 'staff' | 'system';
}
export interface DemoTicket {
  id: string;
  /** Null of a sender nobody has confirmed as a customer: then `sender` says who wrote. */
  customer_id: string | null;
  license_id: string | null;
  sender: { address: string; name: string } | null;
  subject: string;
  tags: string[];
  priority: Scenario['priority'];
  channel: 'client' | 'mail';
  status: string;
  created_at: string;
  resolved_at: string | null;
  closed_at: string | null;
  snoozed_until: string | null;
  /** Index into the staff who answer; null while nobody has it. */
  staff: number | null;
  messages: { by: 'customer' | 'staff'; body: string; at: string }[];
  note: { body: string; at: string } | null;
  /** Its timeline but its beginning, in order. */
  events: { kind: string; by: 'customer' | 'staff' | 'system'; at: string; data: object }[];
}

export const toEvent = ({ before, after, at, by }: Step): DemoTicket['events'][number] => ({
  kind: 'status_changed',
  by,
  at: iso(at),
  data: { before, after },
});
export const iso = (at: number) => new Date(at).toISOString();

/** The same moment on a working day between seven and three, UTC: most people write by day, and are answered by day. */
export function byDay(at: number): number {
  const day = Math.floor(at / DAY);
  // 1 January 1970 was a Thursday; what falls on a week-end waits for its Monday.
  const weekday = (day + 3) % 7;
  const working = weekday > 4 ? day + 7 - weekday : day;
  return working * DAY + 7 * 60 * MINUTE + (at / DAY - day) * 8 * 60 * MINUTE;
}

/** Requests of the last fourteen months, more each month: nearly all ended, some of the last hours to be answered. */
export function makeTickets(data: DemoData, { count = 400, now }: { count?: number; now: Date }): DemoTicket[] {
  const random = new Random(1245);
  const locales = new Map(data.customers.map(({ id, locale }) => [id, locale]));
  const licenses = data.licenses
    .map((license) => ({ ...license, from: Date.parse(license.issued_at) + DAY }))
    .sort((one, other) => one.from - other.from);
  const over = count - Math.min(14, count);
  const from = now.getTime() - HISTORY;
  let known = 0;
  const tickets = Array.from({ length: count }, (_, index) => {
    // The newest few are under way; the rest is spread as the business grew, and over.
    const newest = index >= over;
    const at = newest
      ? now.getTime() - random.int(5, 80) * MINUTE
      : from + Math.sqrt((index + random.next()) / over) * (HISTORY - 4 * DAY);
    // Nobody writes before he has a licence.
    while (known < licenses.length && licenses[known]!.from <= at) known += 1;
    const license = licenses[random.int(0, Math.max(known, 1) - 1)]!;
    const scenario = random.pick(scenarios[locales.get(license.customer_id) ?? 'fr']);
    const state = newest ? (['open', 'open', 'waiting'] as const)[index % 3]! : 'over';
    return tell(random, scenario, state, newest ? at : byDay(at), license);
  });
  return tickets.sort((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at));
}

function tell(
  random: Random,
  scenario: Scenario,
  state: 'open' | 'waiting' | 'over',
  start: number,
  license: { id: string; customer_id: string },
): DemoTicket {
  const said: Said[] = [{ by: 'customer', body: scenario.asks, at: start }];
  const steps: Step[] = [];
  let at = start;
  const say = (by: Said['by'], body: string, minutes: [number, number]) =>
    said.push({ by, body, at: (at += random.int(...minutes) * MINUTE) });
  const step = (before: string, after: string, by: Step['by']) => steps.push({ before, after, at, by });
  if (state === 'waiting') {
    say('staff', scenario.answers[0]!, [1, 4]);
    step('open', 'waiting', 'staff');
  }
  if (state === 'over') {
    for (const [index, answer] of scenario.answers.entries()) {
      say('staff', answer, [6, 170]);
      step('open', 'waiting', 'staff');
      const reply = scenario.replies[index] ?? scenario.thanks;
      if (!reply) continue;
      say('customer', reply, [10, 600]);
      step('waiting', 'open', 'customer');
    }
    at += random.int(2, 40) * MINUTE;
    step(steps.at(-1)!.after, 'resolved', 'staff');
    if (random.chance(0.8)) {
      at += 2 * DAY;
      step('resolved', 'closed', 'system');
    }
  }
  const resolved = steps.find(({ after }) => after === 'resolved');
  const closed = steps.find(({ after }) => after === 'closed');
  return {
    id: random.uuid(),
    customer_id: license.customer_id,
    license_id: license.id,
    sender: null,
    subject: scenario.subject,
    tags: [...scenario.tags].sort(),
    priority: scenario.priority,
    channel: random.chance(0.7) ? 'client' : 'mail',
    status: steps.at(-1)?.after ?? 'open',
    created_at: iso(start),
    resolved_at: resolved ? iso(resolved.at) : null,
    closed_at: closed ? iso(closed.at) : null,
    snoozed_until: null,
    staff: state === 'open' ? null : random.chance(0.8) ? 1 : 0,
    messages: said.map((one) => ({ ...one, at: iso(one.at) })),
    note: scenario.note && state === 'over' ? { body: scenario.note, at: iso(said[1]!.at - MINUTE) } : null,
    events: steps.map(toEvent),
  };
}
