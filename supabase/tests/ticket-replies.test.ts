import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, customerWrites, newCustomer, newTicket } from './tickets.ts';

let db: TestDatabase;
let [marc, lea, sophie] = [] as unknown as [Persona, Persona, Persona];
beforeAll(async () => {
  db = await createTestDatabase();
  [marc, lea, sophie] = [await db.addStaff('support'), await db.addStaff('support'), await db.addStaff('viewer')];
});
afterAll(() => db.drop());

const get = (number: number, persona = marc) => call(db, persona, 'get_ticket', { ticket_number: number });
const reply = (
  persona: Persona,
  number: number,
  seen: string | null,
  over: Partial<Parameters<typeof call<'reply_ticket'>>[3]> = {},
) => call(db, persona, 'reply_ticket', { ticket_number: number, body: 'Bonjour', last_message_id: seen, ...over });
const saidSince = async (refused: Promise<unknown>) => {
  const error = (await refused.then(
    () => null,
    (failure: unknown) => failure,
  )) as { hint: string; detail: string };
  expect(error).toMatchObject({ code: 'PT409', hint: 'ticket_changed' });
  return (JSON.parse(error.detail) as Array<{ body: string }>).map(({ body }) => body);
};

describe('an answer', () => {
  it('reaches the conversation, takes the ticket, and says when it was given', async () => {
    const { number, messageId } = await newTicket(db);
    const { ticket, message } = await reply(marc, number, messageId, { body: 'Rescannez le QR Code.\r\n\r\n' });
    expect(message).toMatchObject({ author_id: marc.userId, body: 'Rescannez le QR Code.', held_until: null });
    expect(ticket).toMatchObject({ status: 'in_progress', assigned_to: marc.userId, last_author: 'staff' });
    const { messages, timeline } = await get(number);
    expect(messages.map(({ body }) => body)).toEqual(['QR Code expiré depuis ce matin.', 'Rescannez le QR Code.']);
    expect(timeline.map(({ kind }) => kind)).toEqual(['created', 'status_changed', 'assigned']);
  });

  it('of two people at once is one: the second is told what the first said, and keeps the draft', async () => {
    const { number, messageId } = await newTicket(db);
    await db.as(lea, async (sql) => {
      const [row] = await sql`select id from public.support_tickets where number = ${number}`;
      await sql`insert into public.ticket_drafts (ticket_id, kind, body) values (${row!['id']}, 'public', 'De Léa')`;
    });
    const outcomes = await Promise.allSettled([
      reply(marc, number, messageId, { body: 'De Marc' }),
      reply(lea, number, messageId, { body: 'De Léa' }),
    ]);
    const [won, lost] = outcomes[0]!.status === 'fulfilled' ? ['De Marc', outcomes[1]] : ['De Léa', outcomes[0]];
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await saidSince(Promise.reject((lost as PromiseRejectedResult).reason))).toEqual([won]);
    expect((await get(number)).messages).toHaveLength(2);
    if (won === 'De Marc') expect((await get(number, lea)).drafts).toMatchObject([{ body: 'De Léa' }]);
  });

  it('is stale once the customer has written, unless it names what he wrote', async () => {
    const { number, messageId } = await newTicket(db);
    const later = await customerWrites(db, number, 'Ça remarche, merci.');
    expect(await saidSince(reply(marc, number, messageId))).toEqual(['Ça remarche, merci.']);
    expect(await saidSince(reply(marc, number, null))).toHaveLength(2);
    await reply(marc, number, later);
  });

  it('is not stale for one’s own words, nor for any note', async () => {
    const { number, messageId } = await newTicket(db);
    await reply(marc, number, messageId, { body: 'Un' });
    await reply(lea, number, null, { kind: 'note', body: 'Session Baileys expirée.' });
    await reply(marc, number, messageId, { body: 'Deux' });
    expect((await get(number)).notes).toMatchObject([{ body: 'Session Baileys expirée.', author_name: lea.email }]);
  });

  it('sent twice with one key is one, and the key says no other words', async () => {
    const { number, messageId } = await newTicket(db);
    const sent = { body: 'Une fois', idempotency_key: crypto.randomUUID() };
    const [first, again] = [await reply(marc, number, messageId, sent), await reply(marc, number, messageId, sent)];
    expect(again.message?.id).toBe(first.message?.id);
    await expect(reply(marc, number, messageId, { ...sent, body: 'Autre' })).rejects.toMatchObject({
      hint: 'idempotency_conflict',
    });
    const note = { kind: 'note' as const, body: 'Notée', idempotency_key: crypto.randomUUID() };
    await Promise.all([reply(marc, number, null, note), reply(marc, number, null, note)]);
    const { messages, notes } = await get(number);
    expect([messages.length, notes.length]).toEqual([2, 1]);
  });

  it.each([
    ['', 'invalid_ticket_body'],
    [' \n\t ', 'invalid_ticket_body'],
    ['x'.repeat(100_001), 'invalid_ticket_body'],
  ])('is refused without words, or with too many', async (body, hint) => {
    const { number, messageId } = await newTicket(db);
    await expect(
      db.as(
        marc,
        (sql) => sql`select public.reply_ticket(${number}, body => ${body}, last_message_id => ${messageId})`,
      ),
    ).rejects.toMatchObject({ hint });
  });

  it('is refused to viewers, who read', async () => {
    const { number, messageId } = await newTicket(db);
    await expect(reply(sophie, number, messageId)).rejects.toMatchObject({ code: '42501' });
    await expect(reply(sophie, number, messageId, { kind: 'note' })).rejects.toMatchObject({ code: '42501' });
    expect((await get(number, sophie)).messages).toHaveLength(1);
  });
});

describe('an answer that is held', () => {
  const held = (over = {}) => ({ hold_seconds: 10, body: 'Trop vite', ...over });

  it('is said for colleagues, and a draft again once taken back', async () => {
    const { number, messageId } = await newTicket(db);
    const { message, ticket } = await reply(marc, number, messageId, held({ next_status: 'resolved' }));
    expect(ticket.status).toBe('resolved');
    expect(await saidSince(reply(lea, number, messageId))).toEqual(['Trop vite']);
    const undone = await call(db, marc, 'undo_ticket_reply', { message_id: message!.id });
    expect(undone).toMatchObject({ status: 'open', last_author: 'customer' });
    await call(db, marc, 'undo_ticket_reply', { message_id: message!.id });
    const ticketNow = await get(number);
    expect(ticketNow.drafts).toMatchObject([{ kind: 'public', body: 'Trop vite' }]);
    expect(ticketNow.messages.at(-1)).toMatchObject({ body: '', held_until: null });
    expect(ticketNow.messages.at(-1)!.withdrawn_at).not.toBeNull();
    await reply(lea, number, messageId);
  });

  it('leaves when its time is over, and is not taken back any more, nor by anybody else', async () => {
    const { number, messageId } = await newTicket(db);
    const { message } = await reply(marc, number, messageId, held());
    await expect(call(db, lea, 'undo_ticket_reply', { message_id: message!.id })).rejects.toMatchObject({
      hint: 'not_found',
    });
    expect(await db.sql`select private.release_ticket_replies() as released`).toMatchObject([{ released: 0 }]);
    await db.sql`update public.ticket_messages set held_until = now() where id = ${message!.id}`;
    expect(await db.sql`select private.release_ticket_replies() as released`).toMatchObject([{ released: 1 }]);
    await expect(call(db, marc, 'undo_ticket_reply', { message_id: message!.id })).rejects.toMatchObject({
      hint: 'ticket_message_sent',
    });
  });
});

describe('a ticket', () => {
  it('is opened by staff with a first message, and waits for the customer, who answers there', async () => {
    const { licenseId, customerId } = await newCustomer(db);
    const opened = {
      license_id: licenseId,
      subject: '  Votre\nmise à jour ',
      body: 'Bonjour',
      idempotency_key: 'once',
    };
    const ticket = await call(db, marc, 'create_ticket', opened);
    expect(ticket).toMatchObject({ status: 'waiting', subject: 'Votre mise à jour', customer_id: customerId });
    expect((await call(db, marc, 'create_ticket', opened)).number).toBe(ticket.number);
    await customerWrites(db, ticket.number, 'Merci');
    expect(await get(ticket.number)).toMatchObject({ status: 'open', license: { is_of_ticket: true } });
  });

  it.each([
    [{ subject: '' }, 'invalid_ticket_subject'],
    [{ subject: 'x'.repeat(256) }, 'invalid_ticket_subject'],
    [{ priority: 'urgent' }, 'invalid_argument'],
    [{ customer_id: null }, 'invalid_argument'],
    [{ customer_id: crypto.randomUUID() }, 'customer_not_found'],
    [{ license_id: crypto.randomUUID() }, 'license_not_found'],
  ])('is not opened with %j', async (wrong, hint) => {
    const { customerId } = await newCustomer(db);
    const args = { subject: 'Sujet', customer_id: customerId, priority: 'low', ...wrong };
    await expect(call(db, marc, 'create_ticket', args as never)).rejects.toMatchObject({ hint });
  });

  it('changes what is given and nothing else; null clears', async () => {
    const { number } = await newTicket(db);
    const change = (changes: object) =>
      call(db, marc, 'update_ticket', { ticket_number: number, changes: changes as never });
    await change({ priority: 'high', tags: ['Whatsapp', 'bug', 'bug '], assigned_to: lea.userId });
    expect(await change({ status: 'waiting' })).toMatchObject({
      status: 'waiting',
      priority: 'high',
      tags: ['bug', 'whatsapp'],
      assigned_to: lea.userId,
    });
    expect(await change({ add_tags: ['QR', 'bug'], remove_tags: ['WhatsApp', 'autre'] })).toMatchObject({
      tags: ['bug', 'qr'],
    });
    expect(await change({ assigned_to: null, tags: null })).toMatchObject({ assigned_to: null, tags: [] });
    const refused = [
      [{ nonsense: 1 }, 'invalid_argument'],
      [{ priority: null }, 'invalid_argument'],
      [{ status: 'gone' }, 'invalid_argument'],
      [{ assigned_to: sophie.userId }, 'ticket_assignee_refused'],
      [{ assigned_to: 'x' }, 'invalid_argument'],
      [{ assigned_to: 5 }, 'invalid_argument'],
      [{ tags: ['a,b'] }, 'invalid_ticket_tag'],
      [{ tags: 'bug' }, 'invalid_argument'],
      [{ add_tags: Array.from({ length: 21 }, (_, index) => `t${index}`) }, 'invalid_ticket_tag'],
      [{ remove_tags: 'bug' }, 'invalid_argument'],
      [{ snoozed_until: '2020-01-01T00:00:00Z' }, 'invalid_argument'],
      [{ subject: null }, 'invalid_ticket_subject'],
    ] as const;
    for (const [changes, hint] of refused) await expect(change(changes)).rejects.toMatchObject({ hint });
    await change({ status: 'closed' });
    await expect(change({ status: 'resolved' })).rejects.toMatchObject({ hint: 'ticket_transition_refused' });
    expect(await change({ status: 'open' })).toMatchObject({ resolved_at: null, closed_at: null });
  });

  it('sleeps until its time or the customer’s word', async () => {
    const { number } = await newTicket(db);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    await call(db, marc, 'update_ticket', { ticket_number: number, changes: { snoozed_until: until } });
    const inbox = async () =>
      (await call(db, marc, 'search_tickets', { folder: 'inbox', page_size: 500 })).rows.map((row) => row.number);
    expect(await inbox()).not.toContain(number);
    await customerWrites(db, number, 'Toujours rien ?');
    expect(await inbox()).toContain(number);
  });

  it('of a sender nobody knows is confirmed as a customer’s', async () => {
    const [row] = await db.sql`insert into public.support_tickets (subject, channel, from_address, from_name)
      values ('Bonjour', 'mail', 'inconnue@exemple.fr', 'Inès Connue') returning number`;
    const ticket = await call(db, marc, 'confirm_ticket_sender', { ticket_number: Number(row!['number']) });
    expect(ticket).toMatchObject({
      from_address: null,
      customer_email: 'inconnue@exemple.fr',
      customer_name: 'Inès Connue',
    });
    const audited = await db.sql`select event_data::text as data from public.events
      where subject_type = 'ticket' and subject_id = ${String(ticket.number)}`;
    expect(audited.filter(({ data }) => String(data).includes('exemple.fr'))).toEqual([]);
  });
});

describe('merging', () => {
  const merge = (from: number, into: number) =>
    call(db, marc, 'merge_tickets', { ticket_number: from, into_number: into });

  it('moves messages, notes, drafts and tags, once, and says where it went', async () => {
    const { number: into, customerId } = await newTicket(db);
    const { number: from, messageId } = await newTicket(db, { customerId, body: 'Doublon' });
    await reply(lea, from, null, { kind: 'note', body: 'Doublon de l’autre' });
    await call(db, marc, 'update_ticket', { ticket_number: from, changes: { tags: ['qr'] } });
    for (const [number, body] of [
      [from, 'brouillon du doublon'],
      [into, 'brouillon'],
    ] as const)
      await db.as(lea, async (sql) => {
        const [row] = await sql`select id from public.support_tickets where number = ${number}`;
        await sql`insert into public.ticket_drafts (ticket_id, kind, body) values (${row!['id']}, 'public', ${body})`;
      });
    expect(await merge(from, into)).toMatchObject({ number: into, tags: ['qr'] });
    expect((await merge(from, into)).number).toBe(into);
    const target = await get(into, lea);
    expect(target.messages.map(({ body }) => body)).toEqual(['QR Code expiré depuis ce matin.', 'Doublon']);
    expect(target.notes).toHaveLength(1);
    expect(target.drafts).toMatchObject([{ body: 'brouillon\n\nbrouillon du doublon' }]);
    expect(await get(from)).toMatchObject({ status: 'closed', merged_into: into, messages: [], notes: [] });
    await expect(reply(marc, from, messageId)).rejects.toMatchObject({ hint: 'ticket_merged', detail: String(into) });
  });

  it('a draft kept after the merge goes on in the other, behind what is written there, once', async () => {
    const { number: into, customerId } = await newTicket(db);
    const { number: from } = await newTicket(db, { customerId });
    const keep = (number: number, body: string) =>
      db.as(lea, async (sql) => {
        const [row] = await sql`select id from public.support_tickets where number = ${number}`;
        await sql`insert into public.ticket_drafts (ticket_id, kind, body) values (${row!['id']}, 'public', ${body})
          on conflict (ticket_id, user_id, kind) do update set body = excluded.body`;
      });
    await keep(into, 'ici');
    await merge(from, into);
    for (let time = 0; time < 2; time += 1) await keep(from, 'trop tard');
    expect((await get(into, lea)).drafts).toMatchObject([{ body: 'ici\n\ntrop tard' }]);
    expect((await get(from, lea)).drafts).toEqual([]);
  });

  it('never makes two customers’ tickets one, nor one of itself, and ends when done both ways at once', async () => {
    const [one, other] = [await newTicket(db), await newTicket(db)];
    await expect(merge(one.number, other.number)).rejects.toMatchObject({ hint: 'ticket_merge_refused' });
    await expect(merge(one.number, one.number)).rejects.toMatchObject({ hint: 'invalid_argument' });
    await expect(merge(one.number, 999_999)).rejects.toMatchObject({ hint: 'ticket_not_found' });
    const twin = await newTicket(db, { customerId: one.customerId });
    const both = await Promise.allSettled([merge(one.number, twin.number), merge(twin.number, one.number)]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

it('drafts are their author’s alone, and kept by whoever may answer', async () => {
  const { number } = await newTicket(db);
  const keep = (persona: Persona) =>
    db.as(persona, async (sql) => {
      const [row] = await sql`select id from public.support_tickets where number = ${number}`;
      await sql`insert into public.ticket_drafts (ticket_id, kind, body) values (${row!['id']}, 'note', 'à moi')`;
    });
  await keep(marc);
  expect((await get(number, lea)).drafts).toEqual([]);
  expect(await db.as(lea, (sql) => sql`select * from public.ticket_drafts`)).not.toContainEqual(
    expect.objectContaining({ body: 'à moi' }),
  );
  await expect(keep(sophie)).rejects.toMatchObject({ code: '42501' });
  await expect(
    db.as(
      lea,
      (sql) => sql`insert into public.ticket_drafts (ticket_id, user_id, kind)
      select id, ${marc.userId}, 'public' from public.support_tickets limit 1`,
    ),
  ).rejects.toMatchObject({ code: '42501' });
});

describe('what strangers found', () => {
  it('taking back restores state and assignee, unless somebody has changed them since', async () => {
    const sent = { hold_seconds: 10 };
    for (const status of ['closed', 'resolved'] as const) {
      const { number, messageId } = await newTicket(db);
      const { message } = await reply(marc, number, messageId, { ...sent, next_status: status });
      const back = await call(db, marc, 'undo_ticket_reply', { message_id: message!.id });
      expect(back).toMatchObject({ status: 'open', assigned_to: null, resolved_at: null, closed_at: null });
    }
    const { number, messageId } = await newTicket(db);
    await call(db, lea, 'update_ticket', { ticket_number: number, changes: { status: 'in_progress' } });
    const first = await reply(marc, number, messageId, { ...sent, next_status: 'waiting' });
    expect(await call(db, marc, 'undo_ticket_reply', { message_id: first.message!.id })).toMatchObject({
      status: 'in_progress',
      assigned_to: null,
    });
    const second = await reply(marc, number, messageId, { ...sent, next_status: 'resolved' });
    await call(db, lea, 'update_ticket', {
      ticket_number: number,
      changes: { status: 'closed', assigned_to: lea.userId },
    });
    expect(await call(db, marc, 'undo_ticket_reply', { message_id: second.message!.id })).toMatchObject({
      status: 'closed',
      assigned_to: lea.userId,
    });
  });

  it('answers to a stranger stay among staff when his ticket is merged', async () => {
    const [row] = await db.sql`insert into public.support_tickets (subject, channel, from_address)
      values ('Facture', 'mail', 'inconnu@exemple.fr') returning number`;
    const from = Number(row!['number']);
    await reply(marc, from, null, { body: 'Entre lui et nous.' });
    const { number: into } = await newTicket(db);
    await call(db, marc, 'merge_tickets', { ticket_number: from, into_number: into });
    const { messages } = await get(into);
    expect(messages.find(({ body }) => body === 'Entre lui et nous.')).toMatchObject({ is_verified: false });
  });

  it('a merge keeps the mark of another machine, and drafts whole', async () => {
    const { number: into, customerId } = await newTicket(db);
    const { number: from } = await newTicket(db, { customerId });
    await db.sql`update public.support_tickets set is_other_machine = true where number = ${from}`;
    for (const number of [from, into])
      await db.as(lea, async (sql) => {
        const [row] = await sql`select id from public.support_tickets where number = ${number}`;
        await sql`insert into public.ticket_drafts (ticket_id, kind, body)
          values (${row!['id']}, 'public', ${'x'.repeat(90_000) + number})`;
      });
    expect(await call(db, marc, 'merge_tickets', { ticket_number: from, into_number: into })).toMatchObject({
      is_other_machine: true,
    });
    const [draft] = (await get(into, lea)).drafts;
    expect([draft!.body.length > 180_000, draft!.body.endsWith(String(from))]).toEqual([true, true]);
  });

  it('a key that has opened a ticket opens no other under other words', async () => {
    const { customerId } = await newTicket(db);
    const open = (body: string) =>
      call(db, marc, 'create_ticket', { customer_id: customerId, subject: 'Un', body, idempotency_key: 'clé-1' });
    const { number } = await open('Bonjour');
    expect((await open('Bonjour')).number).toBe(number);
    await expect(open('Autre chose')).rejects.toMatchObject({ hint: 'idempotency_conflict' });
  });

  it('a ticket is not given to a forgotten customer', async () => {
    const { number } = await newTicket(db);
    const { customerId } = await newCustomer(db);
    await db.sql`update public.customers set anonymized_at = now() where id = ${customerId}`;
    await expect(
      call(db, marc, 'update_ticket', { ticket_number: number, changes: { customer_id: customerId } }),
    ).rejects.toMatchObject({ hint: 'customer_forgotten' });
  });

  it('a search for what there cannot be is refused with its reason', async () => {
    const look = (args: object) => call(db, marc, 'search_tickets', args as never);
    for (const args of [{ query: 'x'.repeat(3000) }, { statuses: ['x'] }, { priorities: ['x'] }, { channel: 'x' }])
      await expect(look(args)).rejects.toMatchObject({ hint: 'invalid_argument' });
  });
});
