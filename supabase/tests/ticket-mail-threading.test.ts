import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { ticketMails } from './ticket-mails.ts';
import { call, newCustomer, newTicket } from './tickets.ts';

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
const answer = (...args: Parameters<typeof mails.answer>) => mails.answer(...args);
const waiting = (...args: Parameters<typeof mails.waiting>) => mails.waiting(...args);

describe('where a mail belongs', () => {
  it('the signed address first, whatever its Message-IDs say, in any letter case', async () => {
    const ticket = await waiting();
    const filed = await receive({ from_address: ticket.email, to: [ticket.replyTo.toUpperCase()] });
    expect(filed).toMatchObject({ outcome: 'added', ticket_number: ticket.number });
    expect((await read(ticket.number)).status).toBe('open');
  });

  it('our Message-ID among what it answers, when the nearest is nobody’s we know', async () => {
    const ticket = await waiting();
    const answers = ['colleague@outlook.exemple', ticket.messageId, 'first@exemple.fr'];
    expect(await receive({ from_address: ticket.email, answers })).toMatchObject({ ticket_number: ticket.number });
  });

  it('nothing for an empty In-Reply-To, a guessed token or a number alone', async () => {
    const ticket = await waiting();
    const guesses = [
      { answers: ['', '<>', `t${ticket.number}`, `t${ticket.number}.0000000000000000@x`] },
      { to: [`support+t${ticket.number}.0000000000000000@aide.exemple.fr`] },
      { raw_subject: `Ticket#${ticket.number}`, subject: `Ticket#${ticket.number}` },
    ];
    for (const guess of guesses) {
      const filed = await receive({ from_address: `b-${randomUUID()}@exemple.fr`, ...guess });
      expect(filed.outcome).toBe('opened');
      expect(filed.ticket_number).not.toBe(ticket.number);
    }
    expect((await read(ticket.number)).messages).toHaveLength(2);
  });

  it('the number in the subject for who takes part in that ticket', async () => {
    const ticket = await waiting();
    const filed = await receive({ from_address: ticket.email, raw_subject: `Re: QR Code [#${ticket.number}]` });
    expect(filed.ticket_number).toBe(ticket.number);
  });

  it('an answer to what an agent began', async () => {
    const { customerId, email } = await newCustomer(db);
    const created = { customer_id: customerId, subject: 'Mise à jour', body: `Bonjour ${randomUUID()}` };
    const { number } = await call(db, marc, 'create_ticket', created);
    const [mail] = await db.sql`select data from public.email_outbox where data ->> 'message' = ${created.body}`;
    const answers = [`${(mail!['data'] as { message_token: string }).message_token}@aide.exemple.fr`];
    expect(await receive({ from_address: email, answers })).toMatchObject({ outcome: 'added', ticket_number: number });
    expect((await read(number)).status).toBe('open');
  });

  it('a merged ticket’s goes where it went on, which reopens; the merged one stays', async () => {
    const source = await waiting();
    const target = await newTicket(db, { customerId: source.customerId });
    await answer(target.number, 'Résolu', { next_status: 'resolved' });
    await call(db, marc, 'merge_tickets', { ticket_number: source.number, into_number: target.number });
    await call(db, marc, 'update_ticket', { ticket_number: target.number, changes: { status: 'resolved' } });
    expect(await receive({ from_address: source.email, to: [source.replyTo] })).toMatchObject({
      outcome: 'added',
      ticket_number: target.number,
    });
    expect((await read(target.number)).status).toBe('open');
    expect(await read(source.number)).toMatchObject({ status: 'closed', merged_into: target.number });
  });

  it('a closed one’s opens one that follows it, and what comes after goes there', async () => {
    const closed = await waiting('closed');
    const first = await receive({ from_address: closed.email, to: [closed.replyTo] });
    expect(first.outcome).toBe('opened');
    expect(await read(first.ticket_number!)).toMatchObject({
      follows: closed.number,
      status: 'open',
      customer_id: closed.customerId,
      license_id: closed.licenseId,
    });
    expect((await read(closed.number)).status).toBe('closed');
    const second = await receive({ from_address: closed.email, to: [closed.replyTo] });
    expect(second).toMatchObject({ outcome: 'added', ticket_number: first.ticket_number });
  });

  it('another subject keeps the ticket, and the next answer goes under it', async () => {
    const ticket = await waiting();
    await receive({ from_address: ticket.email, to: [ticket.replyTo], subject: 'Ma facture de mars' });
    const shown = await read(ticket.number);
    expect(shown.subject).toBe('QR Code');
    expect(shown.messages.at(-1)!.subject).toBe('Ma facture de mars');
    expect((await answer(ticket.number, 'La voici.')).data.ticket_subject).toBe('Ma facture de mars');
  });
});

describe('an answer', () => {
  it('names what was said before, and repeats of it what is public, released and verified', async () => {
    const ticket = await waiting();
    const message_id = `${randomUUID()}@exemple.fr`;
    const customers = { from_address: ticket.email, to: [ticket.replyTo], message_id, body: 'Voici {{license.key}}.' };
    await receive(customers);
    await receive({ from_address: 'autre@exemple.fr', to: [ticket.replyTo], body: 'Inconnu au bataillon' });
    await call(db, marc, 'reply_ticket', { ticket_number: ticket.number, kind: 'note', body: 'Entre nous' });
    const { data } = (await answer(ticket.number, 'Merci.')) as unknown as { data: Record<string, unknown> };
    expect(data['references']).toEqual([ticket.data.message_token, message_id]);
    expect((data['history'] as Array<{ by: string; text: string }>).map(({ by, text }) => [by, text])).toEqual([
      ['customer', 'Voici {{license.key}}.'],
      ['staff', expect.stringMatching(/^Réponse/)],
      ['customer', 'QR Code expiré depuis ce matin.'],
    ]);
    expect(JSON.stringify(data)).not.toMatch(/Entre nous|bataillon/);
  });

  it('names the first and the last nine of a long thread', async () => {
    const ticket = await waiting();
    for (let time = 0; time < 14; time += 1) await receive({ from_address: ticket.email, to: [ticket.replyTo] });
    const { data } = (await answer(ticket.number, 'Enfin.')) as unknown as { data: { references: string[] } };
    expect(data.references).toHaveLength(10);
    expect(data.references[0]).toBe(ticket.data.message_token);
  });
});
