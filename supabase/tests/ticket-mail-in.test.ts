import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, newCustomer, newTicket } from './tickets.ts';

let db: TestDatabase;
let marc: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  marc = await db.addStaff('support');
});
afterAll(() => db.drop());

interface Filed {
  outcome: string;
  ticket_number: number | null;
  message_id: string | null;
}
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
const read = (number: number) => call(db, marc, 'get_ticket', { ticket_number: number });
/** An answer of ours, as it was mailed: under what Message-ID, to be answered where. */
async function answer(number: number, body = 'Rescannez le QR Code.', over: object = {}) {
  const said = (await read(number)).messages.findLast(({ kind }) => kind === 'message')?.id ?? null;
  await call(db, marc, 'reply_ticket', { ticket_number: number, body, last_message_id: said, ...over });
  const [mail] = await db.sql`select id, data from public.email_outbox where template = 'ticket_message'
    and data ->> 'message' = ${body} and data ->> 'ticket_number' = ${String(number)} order by created_at desc limit 1`;
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
const mailsSince = async (work: () => Promise<unknown>) => {
  const count = async () => Number((await db.sql`select count(*) from public.email_outbox`)[0]!['count']);
  const before = await count();
  await work();
  return (await count()) - before;
};
const clocks = async (number: number) => (await read(number)).sla.clocks;

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
