import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { expect, type Page } from 'playwright/test';
import postgres from 'postgres';
import { home, type Member } from './support.ts';
import { type License, newLicense } from './licenses.ts';

export interface Ticket {
  number: number;
  license: License;
}

const database = () => postgres(home.dbUrl, { max: 1, onnotice: () => undefined });

/** A ticket a customer has opened from the product. */
export async function newTicket(
  admin: Member,
  over: { subject?: string; body?: string; license?: License } = {},
): Promise<Ticket> {
  const license = over.license ?? (await newLicense(admin));
  const sql = database();
  try {
    const [row] = await sql`insert into public.support_tickets (subject, channel, customer_id, license_id)
      select ${over.subject ?? 'QR Code expiré'}, 'client', customer_id, id
      from public.licenses where id = ${license.id} returning number`;
    await writeAsCustomer(Number(row!['number']), over.body ?? 'Impossible de connecter WhatsApp.', sql);
    return { number: Number(row!['number']), license };
  } finally {
    if (sql) await sql.end();
  }
}

/** What the customer writes next. */
export async function writeAsCustomer(number: number, body: string, given?: postgres.Sql): Promise<void> {
  const sql = given ?? database();
  const message = { kind: 'message', author_kind: 'customer', channel: 'client', body };
  await sql`select private.add_ticket_message(support_tickets,
      jsonb_populate_record(null::public.ticket_messages, ${sql.json(message)}))
    from public.support_tickets where number = ${number}`;
  if (!given) await sql.end();
}

/** Answers the newest mail under that subject, in the mailbox, as its customer would. */
export async function answerInMailbox(
  mailbox: Page,
  subject: RegExp,
  text: string,
  { how, from }: { how?: string; from?: string } = {},
): Promise<void> {
  await mailbox.getByRole('button', { name: subject }).first().click();
  const form = mailbox.locator('form');
  await form.getByLabel('Text').fill(text);
  if (how) await form.getByLabel('How').selectOption({ label: how });
  if (from) await form.getByLabel('From').fill(from);
  await form.getByRole('button', { name: 'Send answer' }).click();
  await expect(form.getByRole('status')).toContainText('Taken:');
}

/** One red point. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

/** What the product sends for its customer: a message with a picture. */
export async function writeFromProduct(license: License, subject: string, message: string): Promise<number> {
  const sent = await fetch(`${home.apiUrl}/functions/v1/client-ticket`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      license_key: license.license_key,
      hwid: license.hwid,
      subject,
      message,
      idempotency_key: randomUUID(),
      attachments: [{ name: 'capture.png', type: 'image/png', size: picture.length }],
    }),
  });
  expect(sent.status).toBe(201);
  const { ticket_number: number, uploads } = (await sent.json()) as {
    ticket_number: number;
    uploads: { url: string }[];
  };
  const headers = { 'content-type': 'application/octet-stream' };
  expect((await fetch(uploads[0]!.url, { method: 'PUT', headers, body: picture })).ok).toBe(true);
  return number;
}
