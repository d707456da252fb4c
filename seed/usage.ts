import { knownFeatures } from '../supabase/contracts/constants/usage.ts';
import { brokenSince } from './log-lines.ts';
import { Random } from './random.ts';

const DAY = 86_400_000;
/** The newest version came out so many days ago, as the lines of the log have it. */
const newestFor = 3;
const releases = [
  { version: '1.2.8', daysAgo: 600 },
  { version: '1.3.5', daysAgo: 200 },
  { version: '1.4.0', daysAgo: 90 },
  { version: '1.4.1', daysAgo: 40 },
  { version: brokenSince, daysAgo: newestFor },
] as const;

export interface UsingLicense {
  id: string;
  plan: string;
  issued_at: Date;
  last_check_in: Date;
  client_version: string | null;
}

export interface UsageDay {
  license_id: string;
  date: string;
  messages_sent: number;
  ai_queries: number;
  campaigns_launched: number;
  errors_count: number;
  uptime_minutes: number;
  features: [feature: string, uses: number][];
}

type Feature = (typeof knownFeatures)[number];
/** How many use it at all, and on how many days those who do. */
const habits: Record<Feature, { share: number; days: [number, number] }> = {
  catalogue: { share: 0.67, days: [0.3, 0.95] },
  conversation_goals: { share: 0.4, days: [0.1, 0.6] },
  co_pilot: { share: 0.22, days: [0.05, 0.5] },
  campaigns: { share: 0.7, days: [0.05, 0.25] },
  ai_assistant: { share: 0.6, days: [0.2, 0.9] },
  quick_replies: { share: 0.5, days: [0.2, 0.8] },
};
const sizes: Record<string, number> = { starter: 12, premium: 35, enterprise: 160 };
/** From Sunday on: shops write less when they are closed. */
const weekdays = [0.12, 1, 1.05, 1, 1.1, 1.15, 0.45];

/** Where the client is it is an hour later than in UTC. */
const dayOf = (moment: number) => Math.floor((moment + 3_600_000) / DAY);
const dateOf = (day: number) => new Date(day * DAY).toISOString().slice(0, 10);

/** Black Friday and Christmas fill the weeks before them. */
function season(day: number): number {
  const date = new Date(day * DAY);
  const [month, dayOfMonth] = [date.getUTCMonth(), date.getUTCDate()];
  if (month === 10 && dayOfMonth >= 20) return 1.6;
  if (month === 11 && dayOfMonth <= 23) return 1.35;
  return month === 7 ? 0.6 : 1;
}

/**
 * What each licence reported, from its issue to its last check-in: more on weekdays, more as it is used to, less in
 * August. Some of those who show catalogues have had ten times their errors since the newest version.
 */
export function* makeUsage(
  licenses: Iterable<UsingLicense>,
  { days, now, seed = 11 }: { days: number; now: Date; seed?: number },
): Generator<UsageDay> {
  const today = dayOf(now.getTime());
  let index = 0;
  for (const license of licenses) {
    const random = new Random(seed + (index += 1) * 7919);
    const used = new Map(
      knownFeatures
        .filter((feature) => random.chance(habits[feature].share))
        .map((feature) => {
          const [low, high] = habits[feature].days;
          return [feature, low + random.next() * (high - low)] as const;
        }),
    );
    const size = (sizes[license.plan] ?? 20) * (0.3 + random.next() * random.next() * 4);
    const isAlwaysOn = random.chance(0.65);
    const errorRate = 0.3 + random.next() * 4;
    const isHit = license.client_version === brokenSince && used.has('catalogue') && random.chance(0.35);
    const from = Math.max(dayOf(license.issued_at.getTime()), today - days + 1);
    const until = Math.min(dayOf(license.last_check_in.getTime()), today);
    for (let day = from; day <= until; day += 1) {
      // Each day its own: it is the same however many are asked for.
      const dice = new Random(seed + index * 7919 + day * 2_654_435);
      const age = day - dayOf(license.issued_at.getTime());
      const weekday = weekdays[new Date(day * DAY).getUTCDay()]!;
      // A day that is not over has had a part of its work.
      const part = day === today ? Math.max(0.1, ((now.getTime() + 3_600_000) % DAY) / DAY) : 1;
      const pace = Math.min(1, 0.25 + age / 40) * (1 + age / 900) * weekday * season(day) * part;
      // Closed for the day, on holiday, or the machine was off.
      if (dice.chance(weekday < 0.2 ? 0.5 : 0.04)) continue;
      const messages = Math.round(size * pace * (0.6 + dice.next() * 0.8));
      const features = [...used]
        .filter(([, habit]) => dice.chance(habit * Math.min(1, weekday)))
        .map(([feature]): UsageDay['features'][number] => [feature, 1 + Math.round(messages * dice.next() * 0.2)]);
      const told = new Set(features.map(([feature]) => feature));
      const wave = isHit && day > today - newestFor ? 10 + dice.next() * 8 : 1;
      yield {
        license_id: license.id,
        date: dateOf(day),
        messages_sent: messages,
        ai_queries: told.has('ai_assistant') ? Math.round(messages * (0.15 + dice.next() * 0.3)) : 0,
        campaigns_launched: told.has('campaigns') ? dice.int(1, 2) : 0,
        errors_count: Math.round(errorRate * wave * (0.3 + dice.next() * 1.2) * Math.max(part, wave > 1 ? 0.5 : 0)),
        uptime_minutes: Math.round(part * (isAlwaysOn ? dice.int(1_370, 1_440) : dice.int(400, 640))),
        features,
      };
    }
  }
}

export interface SeenVersion {
  license_id: string;
  version: string;
  first_seen_at: string;
  last_seen_at: string;
}

/** The versions a licence had until the one it has, each from a few days after it came out. */
export function* makeVersions(licenses: Iterable<UsingLicense>, { now }: { now: Date }): Generator<SeenVersion> {
  let index = 0;
  for (const { id, issued_at, last_check_in, client_version } of licenses) {
    const random = new Random(13 + (index += 1) * 104_729);
    const latest = releases.findIndex(({ version }) => version === client_version);
    const last = last_check_in.getTime();
    const begins = releases.slice(0, latest + 1).map(({ version, daysAgo }) => ({
      version,
      at: Math.max(issued_at.getTime(), now.getTime() - (daysAgo - random.next() * Math.min(10, daysAgo)) * DAY),
    }));
    for (const [place, { version, at }] of begins.entries()) {
      const next = begins[place + 1]?.at ?? last;
      // It was out before there was the licence, or came after the last check-in.
      if (place < latest && (next <= issued_at.getTime() || at >= last)) continue;
      const first = Math.min(at, last);
      yield {
        license_id: id,
        version,
        first_seen_at: new Date(first).toISOString(),
        last_seen_at: new Date(Math.max(first, Math.min(next, last))).toISOString(),
      };
    }
  }
}
