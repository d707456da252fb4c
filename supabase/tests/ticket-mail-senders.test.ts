import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { ticketMails } from './ticket-mails.ts';
import { call, newCustomer } from './tickets.ts';

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
const mailsSince = (...args: Parameters<typeof mails.mailsSince>) => mails.mailsSince(...args);

describe('who writes', () => {
  it('is not answered by a machine of ours', async () => {
    const customer = await newCustomer(db);
    for (const from_address of [customer.email, 'no-reply@exemple.fr', `inconnu-${randomUUID()}@exemple.fr`])
      expect(await mailsSince(() => receive({ from_address }))).toBe(0);
  });

  it('nobody known: a ticket of his address, which a customer’s it becomes keeps letting in', async () => {
    const from_address = `inconnu-${randomUUID()}@exemple.fr`;
    const { ticket_number: number } = await receive({ from_address, from_name: 'Léa Petit', subject: 'Bonjour' });
    expect(await read(number!)).toMatchObject({
      channel: 'mail',
      from_address,
      from_name: 'Léa Petit',
      customer_id: null,
      status: 'open',
    });
    const { customerId } = await newCustomer(db);
    await call(db, marc, 'update_ticket', { ticket_number: number!, changes: { customer_id: customerId } });
    const { replyTo } = await answer(number!);
    const { message_id: id } = await receive({ from_address, to: [replyTo] });
    expect((await read(number!)).messages.find((said) => said.id === id)).toMatchObject({ is_verified: true });
  });

  it('a customer: his ticket, about his licence while he has only one', async () => {
    const one = await newCustomer(db);
    const first = await receive({ from_address: one.email.toUpperCase() });
    expect(await read(first.ticket_number!)).toMatchObject({ customer_id: one.customerId, license_id: one.licenseId });
    await newCustomer(db, one.email);
    const second = await receive({ from_address: one.email });
    expect(await read(second.ticket_number!)).toMatchObject({ customer_id: one.customerId, license_id: null });
  });

  it('a stranger with our address: among staff alone until accepted, then the customer’s word', async () => {
    const ticket = await waiting();
    const from_address = `collegue-${randomUUID()}@exemple.fr`;
    const { message_id: id } = await receive({ from_address, to: [ticket.replyTo], body: 'Je suis son collègue.' });
    const shown = await read(ticket.number);
    expect(shown.status).toBe('waiting');
    expect(shown.messages.find((said) => said.id === id)).toMatchObject({ is_verified: false });
    const before = await answer(ticket.number, 'Sans citer.');
    expect(JSON.stringify(before.data)).not.toContain('collègue');
    await call(db, marc, 'accept_ticket_sender', { message_id: id! });
    const accepted = await call(db, marc, 'accept_ticket_sender', { message_id: id! });
    expect(accepted.number).toBe(ticket.number);
    const next = await receive({ from_address, to: [ticket.replyTo] });
    const after = await read(ticket.number);
    expect(after.messages.filter((said) => said.is_verified).map((said) => said.id)).toEqual(
      expect.arrayContaining([id, next.message_id]),
    );
    expect(after.timeline.filter(({ kind }) => kind === 'sender_accepted')).toHaveLength(1);
  });
});
