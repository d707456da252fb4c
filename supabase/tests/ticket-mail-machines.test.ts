import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { ticketMails } from './ticket-mails.ts';
import { call } from './tickets.ts';

let db: TestDatabase;
let marc: Persona;
let mails: ReturnType<typeof ticketMails>;
beforeAll(async () => {
  db = await createTestDatabase();
  marc = await db.addStaff('support');
  mails = ticketMails(db, marc);
});
afterAll(() => db.drop());

const receive = (...args: Parameters<typeof mails.receive>) => mails.receive(...args);
const read = (...args: Parameters<typeof mails.read>) => mails.read(...args);
const waiting = (...args: Parameters<typeof mails.waiting>) => mails.waiting(...args);
const mailsSince = (...args: Parameters<typeof mails.mailsSince>) => mails.mailsSince(...args);
const clocks = async (number: number) => (await read(number)).sla.clocks;

describe('a machine', () => {
  it('that answers for somebody changes nothing, and nobody is mailed', async () => {
    const ticket = await waiting();
    const before = await clocks(ticket.number);
    const mail = { kind: 'auto_reply', from_address: ticket.email, to: [ticket.replyTo], body: 'En congé.' };
    expect(await mailsSince(() => receive(mail))).toBe(0);
    const shown = await read(ticket.number);
    expect(shown.status).toBe('waiting');
    expect(shown.messages.at(-1)).toMatchObject({ kind: 'auto_reply', body: 'En congé.' });
    expect(await clocks(ticket.number)).toEqual(before);
  });

  it('that answers no ticket opens none; one that begins to talk opens one of low priority', async () => {
    const from_address = `robot-${randomUUID()}@exemple.fr`;
    expect(await receive({ kind: 'auto_reply', is_answer: true, from_address })).toMatchObject({ outcome: 'ignored' });
    const { ticket_number: number } = await receive({ kind: 'auto_reply', is_answer: false, from_address });
    expect((await read(number!)).priority).toBe('low');
  });

  it('that could not deliver says so once, thirty times over, and opens no ticket', async () => {
    const ticket = await waiting();
    const bounce = { failed_id: ticket.data.message_token, recipient: ticket.email, code: '5.1.1' };
    for (let time = 0; time < 30; time += 1) {
      const mail = { kind: 'bounce', from_address: 'mailer-daemon@exemple.fr', answers: [ticket.messageId], bounce };
      expect(await mailsSince(() => receive(mail))).toBe(0);
    }
    const shown = await read(ticket.number);
    expect(shown.messages.filter(({ kind }) => kind === 'bounce')).toMatchObject([{ body: `${ticket.email} (5.1.1)` }]);
    expect(shown.status).toBe('waiting');
    const [tickets] = await db.sql`select count(*)::int as count from public.support_tickets
      where from_address = 'mailer-daemon@exemple.fr'`;
    expect(tickets!['count']).toBe(0);
  });

  it.each([
    ['bounced', '550 5.1.1 The account does not exist', ' (5.1.1)'],
    ['dropped', 'Bounced Address', ''],
  ])('of the provider that %s it says the same, once with the mail', async (delivery, reason, code) => {
    const ticket = await waiting();
    const event = { event_id: randomUUID(), email_id: ticket.id, delivery, refuses: null, reason, at: new Date() };
    for (const _ of [1, 2]) await db.sql`select private.apply_email_events(${db.sql.json([event] as never)})`;
    await receive({
      kind: 'bounce',
      from_address: 'mailer-daemon@exemple.fr',
      answers: [ticket.messageId],
      bounce: { failed_id: ticket.data.message_token, recipient: ticket.email, code: '5.1.1' },
    });
    expect((await read(ticket.number)).messages.filter(({ kind }) => kind === 'bounce')).toMatchObject([
      { body: `${ticket.email}${code}` },
    ]);
  });

  it('that is not written to any more is said on the ticket, and so is an answer that never left', async () => {
    const ticket = await waiting();
    await db.sql`update public.customers set mail_refused = 'bounced', mail_refused_at = now()
      where id = ${ticket.customerId}`;
    await db.sql`select private.claim_emails(100)`;
    expect((await read(ticket.number)).messages.at(-1)).toMatchObject({ kind: 'bounce', body: ticket.email });
    const other = await waiting();
    await db.sql`update public.email_outbox set status = 'sending', claimed_at = now() where id = ${other.id}`;
    await db.sql`select private.settle_email(${other.id}, 'failed', null, 'SendGrid answered 400')`;
    expect((await read(other.number)).messages.at(-1)).toMatchObject({
      kind: 'bounce',
      quoted: 'SendGrid answered 400',
    });
  });

  it('that names no sender is a ticket nobody can answer, and says so', async () => {
    const { ticket_number: number } = await receive({ from_address: '' });
    const answered = {
      ticket_number: number!,
      body: 'Bonjour',
      last_message_id: (await read(number!)).messages[0]!.id,
    };
    await expect(call(db, marc, 'reply_ticket', answered)).rejects.toMatchObject({ hint: 'ticket_without_address' });
  });

  it('of ours is dropped, and counted', async () => {
    const ticket = await waiting();
    const own = async () => (await db.sql`select 1 from private.inbound_mails where outcome = 'own'`).length;
    const before = await own();
    expect(await receive({ kind: 'own', from_address: 'support@aide.exemple.fr' })).toEqual({ outcome: 'own' });
    const back = { from_address: ticket.email, message_id: ticket.messageId };
    expect(await receive(back)).toEqual({ outcome: 'own' });
    expect(await own()).toBe(before + 2);
  });

  it('reopens a ticket ten times an hour at most, and loses nothing', async () => {
    const ticket = await waiting('resolved');
    for (let time = 0; time < 12; time += 1) {
      await db.sql`update public.support_tickets set status = 'resolved' where number = ${ticket.number}`;
      await receive({ from_address: ticket.email, to: [ticket.replyTo] });
    }
    const shown = await read(ticket.number);
    expect(shown.status).toBe('resolved');
    expect(shown.messages).toHaveLength(14);
    expect(shown.timeline.filter(({ kind }) => kind === 'reopening_refused')).toHaveLength(2);
  });

  it('opens twenty tickets an hour at most, and loses nothing', async () => {
    const from_address = `flot-${randomUUID()}@exemple.fr`;
    const numbers = new Set<number>();
    for (let time = 0; time < 25; time += 1) numbers.add((await receive({ from_address })).ticket_number!);
    expect(numbers.size).toBe(20);
    const [said] = await db.sql`select count(*)::int as count from public.ticket_messages
      where from_address = ${from_address}`;
    expect(said!['count']).toBe(25);
  });
});
