import { createHash, randomUUID } from 'node:crypto';
import type { Persona, TestDatabase } from './database.ts';
import { call, newCustomer, newTicket } from './tickets.ts';

export interface Filed {
  outcome: string;
  ticket_number: number | null;
  message_id: string | null;
}

/** Mails that come to that database, and a colleague who answers them. */
export function ticketMails(db: TestDatabase, persona: Persona) {
  /** A mail as mail-inbound hands it over. */
  async function receive(mail: Record<string, unknown>, raw: Buffer | null = null): Promise<Filed> {
    const id = (mail['message_id'] as string | undefined) ?? `${randomUUID()}@exemple.fr`;
    const given = {
      kind: 'human',
      message_id: id,
      fingerprint: createHash('sha256')
        .update(`${id} ${String(mail['from_address'])}`)
        .digest('hex'),
      subject: 'QR Code',
      raw_subject: mail['subject'] ?? 'QR Code',
      body: 'Toujours pas.',
      ...mail,
    };
    const [row] = await db.sql`select private.receive_ticket_mail(${db.sql.json(given as never)}, ${raw}) as filed`;
    return row!['filed'] as Filed;
  }
  const read = (number: number) => call(db, persona, 'get_ticket', { ticket_number: number });
  /** An answer of ours, as it was mailed: under what Message-ID, to be answered where. */
  async function answer(number: number, body = 'Rescannez le QR Code.', over: object = {}) {
    const said = (await read(number)).messages.findLast(({ kind }) => kind === 'message')?.id ?? null;
    await call(db, persona, 'reply_ticket', { ticket_number: number, body, last_message_id: said, ...over });
    const [mail] = await db.sql`select id, data from public.email_outbox where template = 'ticket_message'
      and data ->> 'message' = ${body} and data ->> 'ticket_number' = ${String(number)}
      order by created_at desc limit 1`;
    const data = mail!['data'] as { message_token: string; reply_token: string; ticket_subject: string };
    return {
      id: mail!['id'] as string,
      data,
      messageId: `${data.message_token}@aide.exemple.fr`,
      replyTo: `support+${data.reply_token}@aide.exemple.fr`,
    };
  }
  /** A ticket that waits for its customer, with an answer of ours in his mailbox. */
  async function waiting(status: 'waiting' | 'resolved' | 'closed' = 'waiting') {
    const customer = await newCustomer(db);
    const { number } = await newTicket(db, { customerId: customer.customerId, subject: 'QR Code' });
    return { number, ...customer, ...(await answer(number, `Réponse ${randomUUID()}`, { next_status: status })) };
  }
  /** How many mails of ours that work has written. */
  async function mailsSince(work: () => Promise<unknown>): Promise<number> {
    const count = async () => Number((await db.sql`select count(*) from public.email_outbox`)[0]!['count']);
    const before = await count();
    await work();
    return (await count()) - before;
  }
  return { receive, read, answer, waiting, mailsSince };
}
