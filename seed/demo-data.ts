import { makeLicenseKey } from './license-key.ts';
import {
  domains,
  extensionReasons,
  firstNames,
  lastNames,
  notes,
  revocationReasons,
  systems,
  trades,
  versions,
} from './names.ts';
import { Random } from './random.ts';

export interface DemoCustomer {
  id: string;
  email: string;
  name: string;
  company: string | null;
  locale: 'fr' | 'en';
  created_at: string;
}

export interface DemoLicense {
  id: string;
  customer_id: string;
  email: string;
  plan: 'starter' | 'premium' | 'enterprise';
  issued_at: string;
  expires_at: string;
  auto_renew: boolean;
  payment_method: 'stripe' | 'paypal' | 'bank_transfer' | 'manual';
  notes: string | null;
  last_check_in: string | null;
  client_version: string | null;
  client_os: string | null;
  revoked_at: string | null;
  revoked_reason: string | null;
  license_key: string;
  hwid: string;
}

export interface DemoEvent {
  license_id: string;
  /** Index into the staff of the console, or null for the system. */
  staff: number | null;
  event_type: string;
  event_data: Record<string, unknown>;
  created_at: string;
}

export interface DemoData {
  customers: DemoCustomer[];
  licenses: DemoLicense[];
  events: DemoEvent[];
}

const day = 86_400_000;
const graceDays = { starter: 3, premium: 7, enterprise: 14 } as const;
/** Sixteen months: whoever writes to support fourteen months ago has had a licence by then. */
const history = 487;

/**
 * Licences over 16 months, the same for the same seed and day: more each month, most of them active, some in every
 * trouble.
 */
export function makeDemoData(options: { count: number; now: Date; seed?: number; staffCount?: number }): DemoData {
  const { count, seed = 20251223, staffCount = 3 } = options;
  const random = new Random(seed);
  const today = Math.floor(options.now.getTime() / day) * day;
  const now = options.now.getTime();
  const data: DemoData = { customers: [], licenses: [], events: [] };
  for (let index = 0; index < count; index += 1) {
    // The square root makes the business grow: few at first, many lately.
    const issuedAt = Math.min(
      today - history * day + Math.sqrt((index + random.next()) / count) * history * day,
      now - 3_600_000,
    );
    const customer =
      random.chance(0.06) && data.customers.length > 5
        ? random.pick(data.customers)
        : addCustomer(data, random, issuedAt);
    addLicense(data, random, customer, issuedAt, now, staffCount);
  }
  data.events.sort((one, other) =>
    one.created_at < other.created_at ? -1 : one.created_at > other.created_at ? 1 : 0,
  );
  return data;
}

function addCustomer(data: DemoData, random: Random, issuedAt: number): DemoCustomer {
  const [first, last] = [random.pick(firstNames), random.pick(lastNames)];
  const slug = `${first}.${last}`
    .normalize('NFD')
    .replace(/[^A-Za-z.]/g, '')
    .toLowerCase();
  const customer: DemoCustomer = {
    id: random.uuid(),
    email: `${slug}${data.customers.length + 1}@${random.pick(domains)}`,
    name: `${first} ${last}`,
    company: random.chance(0.6) ? `${random.pick(trades)} ${last}` : null,
    locale: random.chance(0.93) ? 'fr' : 'en',
    created_at: new Date(issuedAt).toISOString(),
  };
  data.customers.push(customer);
  return customer;
}

function addLicense(
  data: DemoData,
  random: Random,
  customer: DemoCustomer,
  issuedAt: number,
  now: number,
  staffCount: number,
): void {
  const plan = random.weighted({ starter: 28, premium: 58, enterprise: 14 });
  const fate = random.weighted({ active: 84, grace: 4, expired: 7, revoked: 5 });
  const period = (plan === 'enterprise' && random.chance(0.5) ? 365 : 30) * day;
  const { expiresAt, revokedAt } = datesOf(fate, random, issuedAt, period, graceDays[plan], now);
  const isAlive = expiresAt > now && revokedAt === null;
  const lastSeen = isAlive
    ? now - minutesAgo(random) * 60_000
    : Math.min(revokedAt ?? expiresAt, now) - random.int(1, 72) * 3_600_000;
  const hasCheckedIn = lastSeen > issuedAt && random.chance(0.96);
  const license: DemoLicense = {
    id: random.uuid(),
    customer_id: customer.id,
    email: customer.email,
    plan,
    issued_at: new Date(issuedAt).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
    auto_renew: revokedAt === null && random.chance(fate === 'active' ? 0.85 : 0.3),
    payment_method: random.weighted({ stripe: 62, paypal: 14, bank_transfer: 14, manual: 10 }),
    notes: random.chance(0.25) ? random.pick(notes) : null,
    last_check_in: hasCheckedIn ? new Date(lastSeen).toISOString() : null,
    client_version: hasCheckedIn ? random.weighted(versions) : null,
    client_os: hasCheckedIn ? random.pick(systems) : null,
    revoked_at: revokedAt === null ? null : new Date(revokedAt).toISOString(),
    revoked_reason: revokedAt === null ? null : random.pick(revocationReasons),
    license_key: makeLicenseKey(random),
    hwid: `${random.hex(4)}-${random.hex(8)}-${random.hex(4)}`.toUpperCase(),
  };
  data.licenses.push(license);
  addEvents(data, random, license, staffCount, now);
}

/** Most clients were seen lately, some not for days. */
function minutesAgo(random: Random): number {
  const kind = random.next();
  if (kind < 0.7) return random.int(1, 180);
  return kind < 0.9 ? random.int(180, 2_880) : random.int(7 * 1_440, 20 * 1_440);
}

function datesOf(
  fate: 'active' | 'grace' | 'expired' | 'revoked',
  random: Random,
  issuedAt: number,
  period: number,
  grace: number,
  now: number,
) {
  const nextDue = issuedAt + Math.ceil((now - issuedAt + 1) / period) * period;
  if (fate === 'active') return { expiresAt: nextDue, revokedAt: null };
  if (fate === 'revoked')
    return { expiresAt: nextDue, revokedAt: issuedAt + Math.floor(random.next() * (now - issuedAt)) };
  const expiresAt =
    fate === 'grace'
      ? now - Math.floor(random.next() * grace * day * 0.9) - 60_000
      : now - grace * day - Math.ceil(random.next() * Math.min(120, (now - issuedAt) / day) * day);
  // A licence too young to have expired is simply active.
  return expiresAt > issuedAt + day ? { expiresAt, revokedAt: null } : { expiresAt: nextDue, revokedAt: null };
}

function addEvents(data: DemoData, random: Random, license: DemoLicense, staffCount: number, now: number): void {
  const push = (staff: number | null, event_type: string, event_data: Record<string, unknown>, at: number) =>
    data.events.push({ license_id: license.id, staff, event_type, event_data, created_at: new Date(at).toISOString() });
  const issuedAt = Date.parse(license.issued_at);
  const end = Date.parse(license.revoked_at ?? license.expires_at);
  // Only an administrator creates by hand; support extends.
  const creator = license.payment_method === 'stripe' ? null : 0;
  push(creator, 'license_created', { after: { plan: license.plan, payment_method: license.payment_method } }, issuedAt);
  if (random.chance(0.12) && Math.min(end, now) - issuedAt > 40 * day) {
    const days = random.pick([7, 15, 30]);
    const at = issuedAt + random.int(20, 39) * day;
    push(
      random.int(0, Math.min(staffCount, 2) - 1),
      'license_extended',
      {
        reason: random.pick(extensionReasons),
        days,
        before: { expires_at: new Date(at + 2 * day).toISOString() },
        after: { expires_at: new Date(at + (2 + days) * day).toISOString() },
      },
      at,
    );
  }
  if (license.revoked_at) {
    push(
      0,
      'license_revoked',
      { reason: license.revoked_reason, email_sent: true, before: { status: 'active' }, after: { status: 'revoked' } },
      end,
    );
  } else if (end < now) {
    push(null, 'license_grace_started', { before: { status: 'active' }, after: { status: 'grace_period' } }, end);
  }
}
