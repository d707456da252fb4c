import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerTicket, bodies, clientTickets, type Machine, newMachine } from './client-tickets.ts';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, newTicket } from './tickets.ts';

let db: TestDatabase;
let [marc, ana] = [] as unknown as [Persona, Persona];
let client: ReturnType<typeof clientTickets>;
let mine: Machine;
beforeAll(async () => {
  db = await createTestDatabase();
  [marc, ana] = [await db.addStaff('support'), await db.addStaff('admin')];
  await db.sql`update public.settings set value = '1000000' where key = 'client_ticket_per_minute'`;
  client = clientTickets(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  mine = await newMachine(db);
});

const write = (over: object = {}, machine = mine) => client.write(machine, over);
const refused = (over: object = {}, machine = mine) => client.refused(machine, over);
const poll = (after: string | null = null, machine = mine) => client.poll(machine, after);
const answer = (number: number, body: string, over: { next_status?: string; hold_seconds?: number } = {}) =>
  answerTicket(db, marc, number, body, over);
const ticketOf = async (number: number) => {
  const [row] = await db.sql`select tickets.*, earlier.number::int as follows from public.support_tickets as tickets
    left join public.support_tickets as earlier on earlier.id = tickets.follows_id where tickets.number = ${number}`;
  return row!;
};
const count = async () => {
  const [row] = await db.sql`select count(distinct tickets.id)::int as tickets, count(said.id)::int as messages
    from public.support_tickets as tickets left join public.ticket_messages as said on said.ticket_id = tickets.id
    where license_id = ${mine.licenseId}`;
  return row!;
};

describe('writing', () => {
  it('opens a ticket of the licence, and says its number', async () => {
    const { ticket_number, status, uploads } = await write({ subject: 'Connexion\u202E impossible' });
    expect({ status, uploads }).toEqual({ status: 'open', uploads: [] });
    expect(await ticketOf(ticket_number)).toMatchObject({
      subject: 'Connexion impossible',
      channel: 'client',
      license_id: mine.licenseId,
      is_other_machine: false,
      priority: 'medium',
    });
    const [event] = await db.sql`select actor_kind from public.ticket_events where kind = 'created' and
      ticket_id = (select id from public.support_tickets where number = ${ticket_number})`;
    expect(event).toEqual({ actor_kind: 'customer' });
  });

  it.each<[string, string | null | undefined, string, string]>([
    ['none', undefined, '\n\n Bonjour,\nle QR Code expire', 'Bonjour,'],
    ['null', null, 'x'.repeat(300), 'x'.repeat(100)],
    ['blanks', ' \t ', '\u200b\nBonjour', '…'],
  ])('with %s for a subject it is known by its first words', async (_, subject, message, kept) => {
    expect((await ticketOf((await write({ subject, message })).ticket_number))['subject']).toBe(kept);
  });

  it('any key that is known may, whatever became of its licence', async () => {
    await db.as(ana, (sql) => sql`select public.suspend_license(${mine.licenseId}, 'x')`);
    await write();
    await db.as(ana, (sql) => sql`select public.revoke_license(${mine.licenseId}, 'x')`);
    await write();
    expect(await count()).toEqual({ tickets: 2, messages: 2 });
  });

  it('takes key and identifier however they were pasted', async () => {
    const guid = randomUUID();
    const { id, license_key } = await createLicense(db.sql, { hwid: guid });
    const key = license_key.toLowerCase().replaceAll('-', '\u2011');
    const { ticket_number } = await write({}, { key, hwid: `{${guid.toUpperCase()}}\r\n`, licenseId: id });
    expect(await ticketOf(ticket_number)).toMatchObject({ license_id: id, is_other_machine: false });
  });

  it('goes on in its ticket, which wakes and opens again', async () => {
    const { ticket_number } = await write();
    await answer(ticket_number, 'Essayez ceci.', { next_status: 'resolved' });
    expect(await write({ ticket_number, message: 'Non.' })).toMatchObject({ ticket_number, status: 'open' });
    expect(await count()).toEqual({ tickets: 1, messages: 3 });
  });

  it('goes on where a merged ticket does', async () => {
    const [source, target] = [await write(), await write()];
    await call(db, marc, 'merge_tickets', { ticket_number: source.ticket_number, into_number: target.ticket_number });
    expect((await write({ ticket_number: source.ticket_number })).ticket_number).toBe(target.ticket_number);
  });

  it('into a closed ticket opens one that follows it, with its subject', async () => {
    const { ticket_number } = await write({ subject: 'Licence' });
    await answer(ticket_number, 'Fini.', { next_status: 'closed' });
    const next = await write({ ticket_number });
    expect(next).toMatchObject({ status: 'open' });
    expect(await ticketOf(next.ticket_number)).toMatchObject({ follows: ticket_number, subject: 'Licence' });
    expect(await ticketOf(ticket_number)).toMatchObject({ status: 'closed' });
  });

  it('into somebody else’s ticket is refused like one that is not there, and nothing is kept', async () => {
    const other = await write({}, await newMachine(db));
    const mailed = await newTicket(db);
    for (const ticket_number of [other.ticket_number, mailed.number, 999_999_999])
      expect(await refused({ ticket_number })).toEqual([404, 'ticket_not_found']);
    expect(await count()).toEqual({ tickets: 0, messages: 0 });
  });

  it('is refused to an unknown key, a deleted licence and a forgotten customer', async () => {
    const unknown = { ...mine, key: 'ABCDE-FGHJK-MNPQR-STUVW-XYZ23' };
    expect(await refused({}, unknown)).toEqual([404, 'license_not_found']);
    const gone = await newMachine(db);
    await db.sql`update public.licenses set deleted_at = now() where id = ${gone.licenseId}`;
    expect(await refused({}, gone)).toEqual([404, 'license_not_found']);
    await db.sql`update public.customers set anonymized_at = now()
      where id = (select customer_id from public.licenses where id = ${mine.licenseId})`;
    expect(await refused({})).toEqual([404, 'license_not_found']);
  });
});

describe('from another machine', () => {
  const other = () => ({ ...mine, hwid: 'HWID-ANOTHER' });

  it('the ticket says so, and no history is shown there', async () => {
    await write({ message: 'Secret' });
    const { ticket_number } = await write({}, other());
    expect(await ticketOf(ticket_number)).toMatchObject({ is_other_machine: true, license_id: mine.licenseId });
    expect(await poll(null, other())).toEqual({ tickets: [], support_sessions: [], after: null, has_more: false });
  });

  it('an answer opens a ticket that follows, and leaves the first as it is', async () => {
    const { ticket_number } = await write();
    await answer(ticket_number, 'Essayez.', { next_status: 'waiting' });
    const next = await write({ ticket_number }, other());
    expect(await ticketOf(next.ticket_number)).toMatchObject({ follows: ticket_number, is_other_machine: true });
    expect(await ticketOf(ticket_number)).toMatchObject({ status: 'waiting', last_author: 'staff' });
    expect((await write({ ticket_number: next.ticket_number }, other())).ticket_number).toBe(next.ticket_number);
  });

  it('is not told which numbers there are', async () => {
    const foreign = await write({}, await newMachine(db));
    for (const ticket_number of [foreign.ticket_number, 999_999_999]) {
      const sent = { ticket_number, idempotency_key: randomUUID() };
      const first = await write(sent, other());
      expect(await ticketOf(first.ticket_number)).toMatchObject({ follows: null, is_other_machine: true });
      expect(await write(sent, other())).toEqual(first);
    }
  });
});

describe('the same idempotency_key', () => {
  it('is one message, twenty at once', async () => {
    const sent = { idempotency_key: randomUUID(), subject: 'Une fois' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => write(sent)));
    expect(new Set(answers.map(({ ticket_number }) => ticket_number)).size).toBe(1);
    expect(await count()).toEqual({ tickets: 1, messages: 1 });
  });

  it('with something else is refused', async () => {
    const { ticket_number } = await write();
    const sent = { idempotency_key: randomUUID(), subject: 'Une fois', attachments: [{ name: 'a.png', size: 3 }] };
    await write(sent);
    for (const change of [{ message: 'Autre' }, { subject: 'Autre' }, { ticket_number }, { attachments: [] }])
      expect(await refused({ ...sent, ...change }), JSON.stringify(change)).toEqual([409, 'idempotency_conflict']);
    expect(await count()).toEqual({ tickets: 2, messages: 2 });
  });

  it('answers as the ticket is now, merged or with another subject', async () => {
    const target = await write();
    const sent = { idempotency_key: randomUUID(), subject: 'Avant' };
    const { ticket_number } = await write(sent);
    await call(db, marc, 'update_ticket', { ticket_number, changes: { subject: 'Après' } });
    expect(await write(sent)).toMatchObject({ ticket_number });
    await call(db, marc, 'merge_tickets', { ticket_number, into_number: target.ticket_number });
    expect(await write(sent)).toMatchObject({ ticket_number: target.ticket_number });
  });

  it('of another licence is another message', async () => {
    const sent = { idempotency_key: randomUUID() };
    const theirs = await write(sent, await newMachine(db));
    expect((await write(sent)).ticket_number).not.toBe(theirs.ticket_number);
  });
});

describe('what is written', () => {
  it.each([
    ['NUL', 'a\0b', 'ab'],
    ['half a character', 'a\ud83db', 'a\ufffdb'],
    ['a joined emoji', '👩\u200d💻\ufe0f', '👩\u200d💻\ufe0f'],
    ['words turned around', 'a\u202Egnp.exe', 'a\u202Egnp.exe'],
    ['a script', '<script>alert(1)</script>{{customer.email}}', '<script>alert(1)</script>{{customer.email}}'],
    ['100,000 characters', '😀'.repeat(100_000), '😀'.repeat(100_000)],
  ])('%s is kept', async (_, message, kept) => {
    await write({ message });
    expect(bodies(await poll())).toEqual([kept]);
  });

  it.each<[string, object, number, string]>([
    ['blanks', { message: ' \n\t ' }, 400, 'invalid_ticket_body'],
    ['what nobody sees', { message: '\u200b\n\u2800 \ufe0f\u{e0041}\u202e' }, 400, 'invalid_ticket_body'],
    ['nothing but NUL', { message: '\0' }, 400, 'invalid_ticket_body'],
    ['100,001 characters', { message: 'x'.repeat(100_001) }, 400, 'invalid_ticket_body'],
    ['a subject too long', { subject: 'x'.repeat(256) }, 400, 'invalid_ticket_subject'],
    ['a number for a message', { message: 12 }, 400, 'invalid_input'],
    ['an array for a message', { message: ['x'] }, 400, 'invalid_input'],
    ['a text for a number', { ticket_number: '1' }, 400, 'invalid_input'],
    ['a number beyond all', { ticket_number: 1e300 }, 400, 'invalid_input'],
    ['no idempotency_key', { idempotency_key: undefined }, 400, 'invalid_input'],
    ['an idempotency_key too long', { idempotency_key: 'x'.repeat(161) }, 400, 'invalid_input'],
    ['an object for files', { attachments: { name: 'a', size: 1 } }, 400, 'invalid_input'],
    ['an empty file', { attachments: [{ name: 'a', size: 0 }] }, 400, 'invalid_input'],
    [
      'a file of 20 MiB and a byte',
      { attachments: [{ name: 'a', size: 20 * 2 ** 20 + 1 }] },
      413,
      'ticket_attachment_too_large',
    ],
    ['eleven files', { attachments: Array(11).fill({ name: 'a', size: 1 }) }, 400, 'too_many_ticket_attachments'],
  ])('%s is refused, and nothing is kept', async (_, over, status, code) => {
    expect(await refused(over)).toEqual([status, code]);
    expect(await count()).toEqual({ tickets: 0, messages: 0 });
  });

  it('files are awaited where the answer says, until they are there', async () => {
    const sent = {
      idempotency_key: randomUUID(),
      attachments: [
        { name: 'b/écran.png', type: 'image/png', size: 20 * 2 ** 20 },
        { name: 'a.log', size: 1 },
      ],
    };
    const { uploads, ticket_number } = await write(sent);
    expect(uploads.map(({ name }) => name)).toEqual(['b_écran.png', 'a.log']);
    expect(await write(sent)).toEqual({ uploads, ticket_number, status: 'open' });
    await db.sql`select private.settle_ticket_attachment(id, 1, 'application/octet-stream')
      from public.ticket_attachments where name = 'a.log'`;
    expect((await write(sent)).uploads).toEqual(uploads.slice(0, 1));
    await db.sql`insert into storage.objects (bucket_id, name)
      values ('ticket-attachments', ${uploads[0]!.url.split('/').at(-1)!})`;
    expect(await write(sent)).toEqual({ uploads: [], ticket_number, status: 'open' });
  });
});

describe('limits', () => {
  const hit = async (ip: string, key: string | null, isWrite: boolean) =>
    (await db.sql`select * from private.admit_client_ticket(${ip}, ${key}, ${isWrite})`)[0]!['allowed'];

  it('count messages and polls apart, by address and by licence, refusals included', async () => {
    await db.sql`update public.settings set value = '3' where key = 'client_ticket_per_minute'`;
    const serve = async () =>
      (
        await db.sql`select allowed, code from private.serve_client_ticket('198.51.100.1', 'nonsense', 'x',
        '{"message": "x", "idempotency_key": "x", "attachments": []}')`
      )[0];
    for (const _ of [1, 2, 3]) expect(await serve()).toEqual({ allowed: true, code: 'license_not_found' });
    expect(await serve()).toEqual({ allowed: false, code: null });
    expect(await hit('198.51.100.1', null, false)).toBe(true);
    expect(await hit('198.51.100.2', 'NON-SENSE', true)).toBe(false);
    expect(await hit('198.51.100.2', 'other', true)).toBe(true);
    await db.sql`update public.settings set value = '1000000' where key = 'client_ticket_per_minute'`;
  });
});
