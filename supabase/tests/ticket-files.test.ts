import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, customerWrites, newTicket } from './tickets.ts';

let db: TestDatabase;
let [marc, lea, sophie] = [] as unknown as [Persona, Persona, Persona];
beforeAll(async () => {
  db = await createTestDatabase();
  [marc, lea, sophie] = [await db.addStaff('support'), await db.addStaff('support'), await db.addStaff('viewer')];
});
afterAll(() => db.drop());

const MiB = 1024 * 1024;
const files = async (persona: Persona, number: number) =>
  (await call(db, persona, 'get_ticket', { ticket_number: number })).attachments;
/** Files of a draft, as the function announces them for somebody. */
const prepare = async (persona: Persona, number: number, given: unknown, kind = 'public') =>
  db.as(persona, async (sql) => {
    await sql`reset role`;
    const [row] = await sql<{ files: { id: string; name: string }[] }[]>`
      select private.prepare_ticket_attachments(${number}, ${kind}, ${sql.json(given as never)}) as files`;
    return row!.files;
  });
const settle = (id: string, size = 10, type = 'application/octet-stream') =>
  db.sql`select private.settle_ticket_attachment(${id}, ${size}, ${type})`;
const ready = async (persona: Persona, number: number, name: string, size = 10, kind = 'public') => {
  const [file] = await prepare(persona, number, [{ name, size }], kind);
  await settle(file!.id, size);
  return file!.id;
};
const reply = (persona: Persona, number: number, seen: string | null, over: object = {}) =>
  call(db, persona, 'reply_ticket', { ticket_number: number, body: 'Voici.', last_message_id: seen, ...over });
const removed = async () => (await db.sql`select id from private.removed_ticket_files`).map(({ id }) => id as string);
const arrive = (id: string) =>
  db.sql`insert into storage.objects (bucket_id, name) values ('ticket-attachments', ${id})`;

describe('a file of a draft', () => {
  it('is its author’s alone, goes with the answer, and comes back when that is taken back', async () => {
    const { number, messageId } = await newTicket(db);
    const id = await ready(marc, number, 'capture.png');
    expect(await files(marc, number)).toMatchObject([{ id, draft_kind: 'public', status: 'ready' }]);
    expect(await files(lea, number)).toEqual([]);
    expect(await db.as(lea, (sql) => sql`select id from public.ticket_attachments where id = ${id}`)).toHaveLength(0);
    const { message } = await reply(marc, number, messageId, { hold_seconds: 10 });
    expect(await files(lea, number)).toMatchObject([{ id, message_id: message!.id, draft_kind: null }]);
    await call(db, marc, 'undo_ticket_reply', { message_id: message!.id });
    expect(await files(lea, number)).toEqual([]);
    expect(await files(marc, number)).toMatchObject([{ id, message_id: null, draft_kind: 'public' }]);
  });

  it('of a note goes with the note, never with an answer', async () => {
    const { number, messageId } = await newTicket(db);
    const id = await ready(marc, number, 'interne.log', 10, 'note');
    const { message } = await reply(marc, number, messageId);
    expect(await files(lea, number)).toEqual([]);
    const { note } = await reply(marc, number, null, { kind: 'note' });
    expect(await files(lea, number)).toMatchObject([{ id, note_id: note!.id, message_id: null }]);
    expect(message).not.toBeNull();
  });

  it('holds the answer back while it is on its way, and is let go when it was refused', async () => {
    const { number, messageId } = await newTicket(db);
    const [file] = await prepare(marc, number, [{ name: 'vide.txt', size: 10 }]);
    await expect(reply(marc, number, messageId)).rejects.toMatchObject({ hint: 'ticket_attachment_pending' });
    await settle(file!.id, 0);
    expect(await files(marc, number)).toMatchObject([{ status: 'refused', refusal: 'empty', content_type: null }]);
    await reply(marc, number, messageId);
    expect(await files(marc, number)).toEqual([]);
    expect(await removed()).toContain(file!.id);
  });

  it('is taken out by its author, once, and never by anybody else nor once it was said', async () => {
    const { number, messageId } = await newTicket(db);
    const remove = (persona: Persona, id: string) =>
      call(db, persona, 'remove_ticket_attachment', { attachment_id: id });
    const [first, second] = [await ready(marc, number, 'a'), await ready(marc, number, 'b')];
    await expect(remove(lea, first)).rejects.toMatchObject({ hint: 'ticket_attachment_not_found' });
    await expect(remove(sophie, first)).rejects.toMatchObject({ hint: 'permission_denied' });
    expect([await remove(marc, first), await remove(marc, first)]).toEqual([true, false]);
    expect(await removed()).toContain(first);
    await reply(marc, number, messageId);
    await expect(remove(marc, second)).rejects.toMatchObject({ hint: 'ticket_attachment_not_found' });
  });

  it('moves with its draft when the ticket is merged', async () => {
    const { number: into, customerId } = await newTicket(db);
    const { number: from, messageId } = await newTicket(db, { customerId });
    await ready(lea, from, 'dite.png');
    await reply(lea, from, messageId);
    const drafted = await ready(marc, from, 'brouillon.png');
    await call(db, marc, 'merge_tickets', { ticket_number: from, into_number: into });
    expect((await files(marc, into)).map(({ name }) => name)).toEqual(['dite.png', 'brouillon.png']);
    expect((await files(lea, into)).map(({ id }) => id)).not.toContain(drafted);
    await expect(prepare(marc, from, [{ name: 'x', size: 1 }])).rejects.toMatchObject({ hint: 'ticket_merged' });
  });
});

describe('limits', () => {
  it('are ten files a message, twenty MiB each and fifteen together in an answer', async () => {
    const { number, messageId } = await newTicket(db);
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `${index}`, size: 1 }));
    for (const [given, hint] of [
      [many(11), 'too_many_ticket_attachments'],
      [[], 'too_many_ticket_attachments'],
      [{}, 'too_many_ticket_attachments'],
      [[{ name: 'x', size: 20 * MiB + 1 }], 'ticket_attachment_too_large'],
      [[{ name: 'x', size: 0 }], 'invalid_ticket_attachment'],
      [[{ name: 'x' }], 'invalid_ticket_attachment'],
    ] as const)
      await expect(prepare(marc, number, given)).rejects.toMatchObject({ hint });
    await prepare(marc, number, many(8), 'note');
    await expect(prepare(marc, number, many(3), 'note')).rejects.toMatchObject({
      hint: 'too_many_ticket_attachments',
    });
    const heavy = [await ready(marc, number, 'a', 8 * MiB), await ready(marc, number, 'b', 8 * MiB)];
    await expect(reply(marc, number, messageId)).rejects.toMatchObject({ hint: 'ticket_attachments_too_large' });
    await call(db, marc, 'remove_ticket_attachment', { attachment_id: heavy[0]! });
    await reply(marc, number, messageId);
  });

  it('keep names to one line without paths or marks of direction, with their ending', async () => {
    const { number } = await newTicket(db);
    const named = async (name: string) => (await prepare(marc, number, [{ name, size: 1 }]))[0]!.name;
    expect(await named('../../etc/passwd')).toBe('.._.._etc_passwd');
    expect(await named('C:\\temp\\log.txt')).toBe('C:_temp_log.txt');
    expect(await named('photo\u202Egpj.exe')).toBe('photogpj.exe');
    expect(await named('\t\n ')).toBe('file');
    expect(await named('a\r\nb.png')).toBe('ab.png');
    expect(await named('<img src=x onerror=alert(1)>.png')).toBe('<img src=x onerror=alert(1)>.png');
    const long = await named(`${'é'.repeat(400)}.pdf`);
    expect([long.length, long.slice(-5)]).toEqual([255, 'é.pdf']);
  });

  it('leave viewers and nobody without a way to attach', async () => {
    const { number } = await newTicket(db);
    await expect(prepare(sophie, number, [{ name: 'x', size: 1 }])).rejects.toMatchObject({
      hint: 'permission_denied',
    });
    for (const kind of [null, 'draft'])
      await expect(prepare(marc, number, [{ name: 'x', size: 1 }], kind as never)).rejects.toMatchObject({
        hint: 'invalid_argument',
      });
  });
});

describe('what arrives', () => {
  it('is given to be read once a minute, and settled once', async () => {
    const { number } = await newTicket(db);
    const [file] = await prepare(marc, number, [{ name: 'a.png', size: 4 }]);
    const claim = async () =>
      (await db.sql`select id from private.claim_ticket_attachments(1000)`).map(({ id }) => id as string);
    expect(await claim()).not.toContain(file!.id);
    await arrive(file!.id);
    expect(await claim()).toContain(file!.id);
    expect(await claim()).not.toContain(file!.id);
    await settle(file!.id, 4, 'image/png');
    await settle(file!.id, 5, 'application/octet-stream');
    expect(await files(marc, number)).toMatchObject([{ status: 'ready', content_type: 'image/png', size: 4 }]);
  });

  it('and never came is missing after three hours, and goes from a draft', async () => {
    const { number, messageId } = await newTicket(db);
    const [drafted] = await prepare(marc, number, [{ name: 'brouillon', size: 1 }]);
    const announced = await db.sql`select (private.add_ticket_attachment(id, 'promis.png', 5, ${messageId})).id
      from public.support_tickets where number = ${number}`;
    await db.sql`update public.ticket_attachments set created_at = now() - interval '4 hours'
      where id in ${db.sql([drafted!.id, announced[0]!['id'] as string])}`;
    await db.sql`select private.sweep_ticket_attachments()`;
    expect(await files(marc, number)).toMatchObject([{ name: 'promis.png', status: 'refused', refusal: 'missing' }]);
  });

  it('with a message of the customer is seen by staff; a forgotten customer’s files go with their names', async () => {
    const { number, customerId } = await newTicket(db);
    const messageId = await customerWrites(db, number, 'Voyez la capture');
    await db.sql`select private.add_ticket_attachment(id, 'capture.png', 5, ${messageId})
      from public.support_tickets where number = ${number}`;
    const [file] = await files(sophie, number);
    expect(file).toMatchObject({ message_id: messageId, uploaded_by: null, status: 'pending' });
    const admin = await db.addStaff('admin');
    await db.sql`update public.licenses set status = 'revoked', revoked_at = now(), revoked_reason = 'x'
      where customer_id = ${customerId}`;
    await call(db, admin, 'forget_customer', { customer_id: customerId, reason: 'Demande du client' });
    expect(await files(sophie, number)).toEqual([]);
    expect(await removed()).toContain(file!.id);
  });
});
