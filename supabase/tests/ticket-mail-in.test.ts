import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { type Filed, ticketMails } from './ticket-mails.ts';
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

describe('each mail', () => {
  it('counts once, also when it comes twice at the same time', async () => {
    const mail = { from_address: `a-${randomUUID()}@exemple.fr`, message_id: `${randomUUID()}@exemple.fr` };
    const filed = await Promise.all([receive(mail), receive(mail), receive(mail)]);
    expect(filed.map(({ outcome }) => outcome).sort()).toEqual(['duplicate', 'duplicate', 'opened']);
    expect(new Set(filed.map(({ ticket_number }) => ticket_number)).size).toBe(1);
  });

  it('of another sender under the same Message-ID is another', async () => {
    const message_id = `${randomUUID()}@exemple.fr`;
    for (const from_address of [`a-${randomUUID()}@exemple.fr`, `b-${randomUUID()}@exemple.fr`])
      expect((await receive({ from_address, message_id })).outcome).toBe('opened');
  });

  it('that cannot be read is a ticket with its bytes, and is read again when asked', async () => {
    const raw = Buffer.from([0x46, 0, 0xff, 0x0a]);
    const unreadable = { kind: 'unreadable', has_original: true, from_address: 'x@exemple.fr', body: '', subject: '' };
    const { ticket_number: number, message_id: id } = await receive(unreadable, raw);
    expect((await read(number!)).messages).toMatchObject([{ kind: 'unreadable', has_original: true, body: '' }]);
    const { content } = await call(db, marc, 'get_original_mail', { message_id: id! });
    expect(Buffer.from(content, 'base64').equals(raw)).toBe(true);
    await call(db, marc, 'retry_ticket_mail', { message_id: id! });
    const [claimed] = await db.sql`select * from private.claim_mail_retries()`;
    expect(raw.equals(claimed!['raw'] as Buffer)).toBe(true);
    await db.sql`select private.settle_mail_retry(${claimed!['id']}, ${db.sql.json(unreadable)})`;
    expect((await read(number!)).timeline.map(({ kind }) => kind)).toContain('mail_still_unreadable');
    const now = { kind: 'human', from_address: 'x@exemple.fr', body: 'Lu enfin.', subject: 'QR Code' };
    await db.sql`select private.settle_mail_retry(${claimed!['id']}, ${db.sql.json(now)})`;
    expect((await read(number!)).messages).toMatchObject([{ kind: 'message', body: 'Lu enfin.', has_original: false }]);
    await expect(call(db, marc, 'get_original_mail', { message_id: id! })).rejects.toMatchObject({ hint: 'not_found' });
    await expect(call(db, marc, 'retry_ticket_mail', { message_id: id! })).rejects.toMatchObject({ hint: 'not_found' });
  });

  it('that names no sender is nobody’s: related to no other, no customer, and known once it is read', async () => {
    const nameless = { kind: 'unreadable', has_original: true, from_address: '', body: '', subject: '' };
    const first = await receive(nameless, Buffer.from('x'));
    const { ticket_number: number, message_id: id } = await receive(nameless, Buffer.from('y'));
    const ticket = await read(number!);
    expect(ticket).toMatchObject({
      from_address: null,
      customer: null,
      related: [],
      messages: [{ from_address: null }],
    });
    for (const attempt of [
      () => call(db, marc, 'confirm_ticket_sender', { ticket_number: number! }),
      () => call(db, marc, 'accept_ticket_sender', { message_id: id! }),
    ])
      await expect(attempt()).rejects.toMatchObject({ hint: expect.stringMatching(/^(invalid_email|not_found)$/) });
    // A mail that calls itself so takes part in neither.
    expect((await receive({ from_address: 'unknown@invalid', raw_subject: `#${number}` })).outcome).toBe('opened');

    const [mail] = await db.sql`select id from private.inbound_mails where ticket_message_id = ${id}`;
    const now = { ...nameless, kind: 'human', from_address: `lu-${randomUUID()}@exemple.fr`, body: 'Lu.' };
    await db.sql`select private.settle_mail_retry(${mail!['id']}, ${db.sql.json(now)})`;
    expect(await read(number!)).toMatchObject({ from_address: now.from_address, related: [] });
    const { customer_id } = await call(db, marc, 'confirm_ticket_sender', { ticket_number: number! });
    expect(customer_id).not.toBeNull();
    const addresses = await db.sql`select address from private.ticket_participants as part
      join public.support_tickets on id = ticket_id where number in ${db.sql([first.ticket_number!, number!])}`;
    expect(addresses.map(({ address }) => address as string)).toEqual([now.from_address]);
    await expect(
      db.sql`insert into private.ticket_participants (ticket_id, address) select id, '' from public.support_tickets
        where number = ${number}`,
    ).rejects.toMatchObject({ constraint_name: 'address_is_short' });
    await expect(db.sql`update public.ticket_messages set from_address = '' where id = ${id}`).rejects.toMatchObject({
      constraint_name: 'from_address_is_short',
    });
  });

  it('is forgotten as it came after 90 days', async () => {
    const kept = { kind: 'human', has_original: true, from_address: `c-${randomUUID()}@exemple.fr` };
    const { ticket_number: number } = await receive(kept, Buffer.from('x'));
    await db.sql`update private.inbound_mails set received_at = now() - interval '91 days' where raw is not null`;
    await db.sql`select private.forget_inbound_mails()`;
    expect((await read(number!)).messages).toMatchObject([{ has_original: false, body: 'Toujours pas.' }]);
    expect(await db.sql`select from private.inbound_mails where raw is not null`).toHaveLength(0);
  });
});

describe('files of a mail', () => {
  const file = (name: string, size = 3) => ({ name, size });
  const eventsOf = async (number: number) =>
    (await read(number)).timeline.map(({ kind, data }) => [kind, data['count'] ?? null]);

  it('are announced with its message; what is beyond the limits is said, and the mail kept', async () => {
    const files = [
      file('vide', 0),
      file('trop', 20_971_521),
      ...Array.from({ length: 11 }, (_, at) => file(`${at}.txt`)),
    ];
    const mail = { from_address: `f-${randomUUID()}@exemple.fr`, files, has_original: true };
    const filed = (await receive(mail, Buffer.from('x'))) as Filed & { files: { id: string; index: number }[] };
    expect(filed.files.map(({ index }) => index)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const shown = await read(filed.ticket_number!);
    expect(shown.attachments).toHaveLength(10);
    expect(shown.attachments.find(({ id }) => id === filed.files[0]!.id)).toMatchObject({
      message_id: filed.message_id,
      name: '0.txt',
      status: 'pending',
    });
    expect(await eventsOf(filed.ticket_number!)).toContainEqual(['files_left_out', 3]);
  });

  it('of Outlook alone are said to be so', async () => {
    const mail = { from_address: `f-${randomUUID()}@exemple.fr`, files: [file('winmail.dat')], notices: ['winmail'] };
    expect(await eventsOf((await receive(mail)).ticket_number!)).toContainEqual(['winmail_kept', null]);
  });

  it('travel with the answer they were sent with, once they were read', async () => {
    const ticket = await waiting();
    const [sent] = await db.sql`select data ->> 'ticket_message_id' as id from public.email_outbox
      where id = ${ticket.id}`;
    const add = async (name: string) =>
      (
        await db.sql`select (private.add_ticket_attachment(tickets.id, ${name}, 3, ${sent!['id']})).id
        from public.support_tickets as tickets where number = ${ticket.number}`
      )[0]!['id'] as string;
    await db.sql`select private.settle_ticket_attachment(${await add('lu.png')}, 3, 'image/png')`;
    await add('en-route.png');
    expect([...(await db.sql`select name, content_type from private.mail_files(${ticket.id})`)]).toEqual([
      { name: 'lu.png', content_type: 'image/png' },
    ]);
  });
});
