import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerTicket, bodies, clientTickets, type Machine, newMachine } from './client-tickets.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, customerWrites, newTicket } from './tickets.ts';

let db: TestDatabase;
let marc: Persona;
let client: ReturnType<typeof clientTickets>;
let mine: Machine;
beforeAll(async () => {
  db = await createTestDatabase();
  marc = await db.addStaff('support');
  await db.sql`update public.settings set value = '1000000' where key = 'client_ticket_per_minute'`;
  client = clientTickets(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  mine = await newMachine(db);
});

const write = (over: object = {}, machine = mine) => client.write(machine, over);
const poll = (after: string | null = null, machine = mine) => client.poll(machine, after);
const answer = (number: number, body: string, over: { next_status?: string; hold_seconds?: number } = {}) =>
  answerTicket(db, marc, number, body, over);

describe('polling', () => {
  it('shows what customer and support said, and nothing of staff but that', async () => {
    const { ticket_number } = await write({ subject: 'QR', message: 'Bonjour' });
    await answer(ticket_number, '**Rescannez**');
    await call(db, marc, 'reply_ticket', { ticket_number, kind: 'note', body: 'Entre nous' });
    const { tickets } = await poll();
    expect(tickets).toMatchObject([
      {
        ticket_number,
        subject: 'QR',
        status: 'in_progress',
        messages: [
          { author: 'customer', body: 'Bonjour' },
          { author: 'support', body: '**Rescannez**' },
        ],
      },
    ]);
    expect(JSON.stringify(tickets)).not.toContain(marc.email);
  });

  it('shows nothing held, taken back, automatic or a stranger’s', async () => {
    const { ticket_number } = await write({ message: 'Bonjour' });
    await call(db, marc, 'undo_ticket_reply', {
      message_id: await answer(ticket_number, 'Oups', { hold_seconds: 10 }),
    });
    await answer(ticket_number, 'Pas encore', { hold_seconds: 10 });
    await customerWrites(db, ticket_number, 'Je suis absent', { kind: 'auto_reply', channel: 'mail' });
    await customerWrites(db, ticket_number, 'Inconnu', { is_verified: false, channel: 'mail' });
    expect(bodies(await poll())).toEqual(['Bonjour']);
  });

  it('brings what was held after what came meanwhile, and what was accepted later', async () => {
    const { ticket_number } = await write({ message: 'un' });
    const held = await answer(ticket_number, 'deux', { hold_seconds: 10 });
    const stranger = await customerWrites(db, ticket_number, 'quatre', { is_verified: false, channel: 'mail' });
    await write({ ticket_number, message: 'trois' });
    const first = await poll();
    expect(bodies(first)).toEqual(['un', 'trois']);
    await db.sql`update public.ticket_messages set held_until = now() where id = ${held}`;
    await db.sql`select private.release_ticket_replies()`;
    const second = await poll(first.after);
    expect(bodies(second)).toEqual(['deux']);
    await db.sql`update public.ticket_messages set is_verified = true where id = ${stranger}`;
    const third = await poll(second.after);
    expect(bodies(third)).toEqual(['quatre']);
    expect(await poll(third.after)).toMatchObject({ tickets: [{ messages: [] }], after: third.after, has_more: false });
  });

  it('loses nothing when the first to write is the last to commit', async () => {
    const { ticket_number } = await write({ message: 'un' });
    const { ticket_number: other } = await write({ message: 'deux' });
    let after: string | null = null;
    await db.sql.begin(async (slow) => {
      // Nothing else of a message may hold up others, as the chain of the audit would.
      await slow`insert into public.ticket_messages (ticket_id, author_kind, channel, body)
        select id, 'customer', 'mail', 'lent' from public.support_tickets where number = ${ticket_number}`;
      await write({ ticket_number: other, message: 'rapide' });
      const seen = await poll();
      expect(bodies(seen)).toEqual(['un', 'deux', 'rapide']);
      after = seen.after;
    });
    expect(bodies(await poll(after))).toEqual(['lent']);
  });

  it('brings a ticket whole that came to the licence, and one that goes on in another', async () => {
    const { after } = (await write(), await poll());
    const [{ customer_id: customerId }] = (await db.sql`select customer_id from public.licenses
      where id = ${mine.licenseId}`) as unknown as [{ customer_id: string }];
    const mailed = await newTicket(db, { customerId, body: 'Par mail' });
    expect(bodies(await poll(after))).toEqual([]);
    await call(db, marc, 'update_ticket', { ticket_number: mailed.number, changes: { license_id: mine.licenseId } });
    expect(bodies(await poll(after))).toEqual(['Par mail']);
    const unlinked = await newTicket(db, { customerId, body: 'Autre' });
    await call(db, marc, 'merge_tickets', { ticket_number: mailed.number, into_number: unlinked.number });
    const { tickets } = await poll(after);
    expect(tickets.map(({ messages }) => messages.map(({ body }) => body))).toEqual([[], ['Par mail', 'Autre']]);
  });

  it('answers a hundred messages or a million characters at once, and says when there are more', async () => {
    const { ticket_number } = await write({ message: '0' });
    for (let index = 1; index <= 100; index += 1) await write({ ticket_number, message: String(index) });
    const first = await poll();
    expect(bodies(first)).toHaveLength(100);
    expect(first.has_more).toBe(true);
    const second = await poll(first.after);
    expect([bodies(second), second.has_more]).toEqual([['100'], false]);
    for (const _ of Array(11)) await write({ ticket_number, message: 'x'.repeat(100_000) });
    const third = await poll(second.after);
    expect([bodies(third).length, third.has_more]).toEqual([10, true]);
  });

  it('sets back a time ahead of the clock, so that nothing to come is passed over', async () => {
    const { ticket_number } = await write({ message: 'un' });
    const another = { ...mine, hwid: 'HWID-ANOTHER' };
    const { after } = await poll();
    for (const machine of [mine, another]) {
      const ahead = await poll('9999-12-31T23:59:59.999Z', machine);
      expect([bodies(ahead), ahead.after]).toEqual([[], after]);
    }
    await write({ ticket_number, message: 'deux' });
    expect(bodies(await poll(after))).toEqual(['deux']);
  });

  it('shows other licences nothing', async () => {
    await write({ message: 'À moi' });
    expect((await poll(null, await newMachine(db))).tickets).toEqual([]);
  });
});
