import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from '@whatautosys/local';
import postgres, { type Sql } from 'postgres';
import { customer, event } from '../../supabase/tests/stripe.ts';
import { until } from './until.ts';

/** What was promised: answered, and therefore to be found again, once. */
export interface Promised {
  licenses: Array<{ id: string; license_key: string; hwid: string; email: string }>;
  /** Rows of imports, by the hash of their file. */
  imports: Map<string, number>;
  events: Array<{ id: string; customer: string }>;
  checks: number;
}

export const nothingYet = (): Promised => ({ licenses: [], imports: new Map(), events: [], checks: 0 });

const importedRows = 20;
const hash = () => randomUUID().replaceAll('-', '').repeat(2);

/** Licences with a mail each, checks, imports and events of Stripe, from several connections, until it is stopped. */
export function keepWorking(home: Home, webhookSecret: string, promised: Promised): () => Promise<void> {
  const sql = postgres(home.config.db.url, {
    max: 6,
    onnotice: () => undefined,
    backoff: (attempt: number) => Math.min(3 ** attempt / 100, 0.5),
  });
  let isOver = false;
  const kinds = [
    () => makeAndCheck(home, sql, promised),
    () => makeAndCheck(home, sql, promised),
    () => importFile(sql, promised),
    () => tellEvent(home, webhookSecret, promised),
    () => tellEvent(home, webhookSecret, promised),
  ];
  const loops = kinds.map(async (once) => {
    while (!isOver) {
      // What was not answered was not promised.
      await once().catch(() => undefined);
      await sleep(50);
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(loops);
    await sql.end({ timeout: 1 });
  };
}

async function makeAndCheck(home: Home, sql: Sql, promised: Promised): Promise<void> {
  const hwid = `HWID-${randomUUID()}`;
  const email = `endure-${randomUUID()}@example.test`;
  const [row] = await sql<[{ license: { id: string; license_key: string } }]>`
    select public.create_license(${email}, ${hwid}, 'premium', send_email => true) as license`;
  const license = { ...row.license, hwid, email };
  promised.licenses.push(license);
  if (await isValid(home, license)) promised.checks += 1;
}

export async function isValid(
  { config }: Home,
  { license_key, hwid }: { license_key: string; hwid: string },
): Promise<boolean> {
  const response = await fetch(`${config.urls.api}/functions/v1/license-check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ license_key, hwid }),
    signal: AbortSignal.timeout(5_000),
  });
  return response.ok && ((await response.json()) as { valid: boolean }).valid;
}

async function importFile(sql: Sql, promised: Promised): Promise<void> {
  const file = hash();
  const rows = Array.from({ length: importedRows }, (_, index) => ({
    row: index + 2,
    email: `import-${file.slice(0, 12)}-${index}@example.test`,
    hwid: `HWID-${file.slice(0, 12)}-${index}`,
    plan: 'premium',
  }));
  await sql`select public.import_licenses(${sql.json(rows)}, ${file}, false, 'all_or_nothing')`;
  promised.imports.set(file, rows.length);
}

async function tellEvent({ config }: Home, secret: string, promised: Promised): Promise<void> {
  const id = randomUUID().replaceAll('-', '');
  const at = Math.floor(Date.now() / 1000);
  const payer = customer({ id: `cus_${id}`, email: `payer-${id}@example.test` });
  const body = JSON.stringify(event('customer.created', payer, at, { id: `evt_${id}` }));
  const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  const response = await fetch(`${config.urls.api}/functions/v1/stripe-webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` },
    body,
    signal: AbortSignal.timeout(5_000),
  });
  if (response.ok) promised.events.push({ id: `evt_${id}`, customer: `cus_${id}` });
}

/** Throws when something promised is gone, or there more than once. */
export async function proveKept(
  { sql, config }: Home,
  promised: Promised,
): Promise<{ mails: number; uncertain: number }> {
  const ids = promised.licenses.map(({ id }) => id);
  const files = [...promised.imports.keys()];
  const [events, payers] = [promised.events.map(({ id }) => id), promised.events.map(({ customer: one }) => one)];
  // An event is noted for good before it is applied; what a fall took back is due again within a minute.
  await until(
    'every event that was taken is applied',
    async () => {
      const [row] = await sql<[{ applied: number }]>`select count(*)::int as applied from public.stripe_events
        where id = any(${events}::text[]) and status = 'processed'`;
      return row.applied === events.length;
    },
    150,
  );
  const [kept] = await sql<
    [{ licenses: number; created: number; imported: number; told: number; payers: number; chain: { ok: boolean } }]
  >`select (select count(*)::int from public.licenses where id = any(${ids}::uuid[])) as licenses,
      (select count(*)::int from public.events
        where license_id = any(${ids}::uuid[]) and event_type = 'license_created') as created,
      (select count(*)::int from public.licenses join public.license_imports on license_imports.id = import_id
        where file_hash = any(${files}::text[])) as imported,
      (select count(*)::int from public.stripe_events
        where id = any(${events}::text[]) and status = 'processed') as told,
      (select count(*)::int from private.stripe_customers where stripe_customer_id = any(${payers}::text[])) as payers,
      private.audit_verify() as chain`;
  const expected = {
    licenses: ids.length,
    created: ids.length,
    imported: [...promised.imports.values()].reduce((sum, rows) => sum + rows, 0),
    told: events.length,
    payers: events.length,
  };
  for (const [name, count] of Object.entries(expected))
    if (kept[name as keyof typeof expected] !== count)
      throw new Error(`Of ${count} ${name} that were promised ${kept[name as keyof typeof expected]} are there`);
  if (!kept.chain.ok) throw new Error(`The chain of the audit is broken: ${JSON.stringify(kept.chain)}`);

  const rows = await sql<Array<{ recipient: string; status: string }>>`
    select recipient, status from public.email_outbox where license_id = any(${ids}::uuid[])`;
  if (rows.length !== ids.length) throw new Error(`${ids.length} licences, and ${rows.length} mails written for them`);
  const mails = mailsByAddress(config.dataDir);
  for (const { recipient, status } of rows.filter((row) => row.status !== 'pending')) {
    const count = mails.get(recipient) ?? 0;
    if (count > 1) throw new Error(`${count} mails to ${recipient}`);
    if (status === 'sent' && count === 0) throw new Error(`A mail to ${recipient} counts as sent and never came`);
  }
  const sent = rows.filter(({ status }) => status === 'sent').length;
  return { mails: sent, uncertain: rows.filter(({ status }) => status === 'uncertain' || status === 'sending').length };
}

/** How many mails each address got: by the mailbox's file, for the mailbox itself shows the newest thousand. */
function mailsByAddress(dataDir: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of readFileSync(join(dataDir, 'mailbox.jsonl'), 'utf8').split('\n').filter(Boolean)) {
    const { to } = JSON.parse(line) as { to: Array<{ email: string }> };
    for (const { email } of to) counts.set(email, (counts.get(email) ?? 0) + 1);
  }
  return counts;
}
