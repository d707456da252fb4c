import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, newTicket } from './tickets.ts';

let db: TestDatabase;
let marc: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  marc = await db.addStaff('support');
});
afterAll(() => db.drop());

const mailed = (number: number) =>
  db.sql`select recipient, locale, data ->> 'message' as message from public.email_outbox
    where template = 'ticket_message' and data ->> 'ticket_number' = ${String(number)} order by created_at`;
const reply = (number: number, seen: string | null, body: string, over: object = {}) =>
  call(db, marc, 'reply_ticket', { ticket_number: number, last_message_id: seen, body, ...over });

it('an answer is one mail, however often it is sent; a note and a draft are none', async () => {
  const { number, messageId } = await newTicket(db);
  await reply(number, null, 'Entre nous', { kind: 'note' });
  const sent = { idempotency_key: crypto.randomUUID() };
  for (const _ of [1, 2]) await reply(number, messageId, 'Rescannez <b>le QR Code</b>', sent);
  expect((await mailed(number)).map(({ message }) => message)).toEqual(['Rescannez <b>le QR Code</b>']);
});

it('what is held leaves once it is let go, and never once it was taken back', async () => {
  const { number, messageId } = await newTicket(db);
  const first = await reply(number, messageId, 'Repris', { hold_seconds: 10 });
  expect(await mailed(number)).toHaveLength(0);
  await call(db, marc, 'undo_ticket_reply', { message_id: first.message!.id });
  const second = await reply(number, messageId, 'Parti', { hold_seconds: 10 });
  await db.sql`update public.ticket_messages set held_until = now() where id = ${second.message!.id}`;
  await db.sql`select private.release_ticket_replies()`;
  expect((await mailed(number)).map(({ message }) => message)).toEqual(['Parti']);
});

it('a sender nobody knows is answered at his address; who was forgotten is not', async () => {
  const [row] = await db.sql`insert into public.support_tickets (subject, channel, from_address)
    values ('Bonjour', 'mail', 'inconnu@exemple.fr') returning number`;
  await reply(Number(row!['number']), null, 'Bonjour');
  expect(await mailed(Number(row!['number']))).toMatchObject([{ recipient: 'inconnu@exemple.fr', locale: 'fr' }]);
});

it('a ticket opened with a message writes to its customer, in his language', async () => {
  const { customerId } = await newTicket(db);
  await db.sql`update public.customers set locale = 'en' where id = ${customerId}`;
  const { number } = await call(db, marc, 'create_ticket', { customer_id: customerId, subject: 'News', body: 'Hello' });
  expect(await mailed(number)).toMatchObject([{ locale: 'en', message: 'Hello' }]);
});
