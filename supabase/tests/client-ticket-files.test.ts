import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerTicket, clientTickets, type Machine, newMachine } from './client-tickets.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call } from './tickets.ts';

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

/** A file of a message, as it is before it was read. */
async function announce(messageId: string, name: string): Promise<string> {
  const [row] =
    await db.sql`select (private.add_ticket_attachment(ticket_id, ${name}, 3, id, uploaded_by => author_id)).id
    from public.ticket_messages where id = ${messageId}`;
  return row!['id'] as string;
}
const settle = (id: string, size = 3, type = 'image/png') =>
  db.sql`select private.settle_ticket_attachment(${id}, ${size}, ${type})`;
/** What each message of a poll brings. */
const files = async (machine = mine, after: string | null = null) =>
  (await client.poll(machine, after)).tickets.flatMap(({ messages }) => messages.map((said) => said.attachments));
const names = async (...args: Parameters<typeof files>) =>
  (await files(...args)).map((some) => some.map(({ name }) => name));

describe('a poll', () => {
  it('brings the files of an answer, in their order, each with its type and address', async () => {
    const { ticket_number } = await client.write(mine);
    const said = await answerTicket(db, marc, ticket_number, 'Voici.');
    const [image, other] = [await announce(said, 'écran.png'), await announce(said, 'guide.html')];
    await settle(image);
    await settle(other, 5, 'application/octet-stream');
    expect(await files()).toEqual([
      [],
      [
        { name: 'écran.png', type: 'image/png', size: 3, url: `https://storage.example/${image}` },
        { name: 'guide.html', type: 'application/octet-stream', size: 5, url: `https://storage.example/${other}` },
      ],
    ]);
  });

  it('brings none that was not read, or was refused when it was', async () => {
    const { ticket_number } = await client.write(mine);
    const said = await answerTicket(db, marc, ticket_number, 'Voici.');
    await announce(said, 'en-route.png');
    await settle(await announce(said, 'vide.png'), 0);
    await settle(await announce(said, 'lu.png'));
    expect(await names()).toEqual([[], ['lu.png']]);
  });

  it('brings none of a draft or a note, and none of the customer’s own', async () => {
    const file = { name: 'à-moi.png', type: 'image/png', size: 3 };
    const { ticket_number } = await client.write(mine, { attachments: [file] });
    await db.sql`select private.settle_ticket_attachment(id, 3, 'image/png') from public.ticket_attachments
      where name = 'à-moi.png'`;
    for (const [kind, name] of [
      ['note', 'interne.png'],
      ['public', 'brouillon.png'],
    ] as const) {
      const [drafted] = await db.sql`select (private.add_ticket_attachment(id, ${name}, 3, draft_kind => ${kind},
          uploaded_by => ${marc.userId})).id from public.support_tickets where number = ${ticket_number}`;
      await settle(drafted!['id'] as string);
    }
    await call(db, marc, 'reply_ticket', { ticket_number, kind: 'note', body: 'Entre nous' });
    expect(await names()).toEqual([[]]);
  });

  it('brings those of a held answer once it has left, and never those of one taken back', async () => {
    const { ticket_number } = await client.write(mine);
    const held = await answerTicket(db, marc, ticket_number, 'Voici.', { hold_seconds: 10 });
    await settle(await announce(held, 'tenu.png'));
    expect(await names()).toEqual([[]]);
    const { after } = await client.poll(mine);
    await db.sql`update public.ticket_messages set held_until = now() where id = ${held}`;
    await db.sql`select private.release_ticket_replies()`;
    expect(await names(mine, after)).toEqual([['tenu.png']]);
    const undone = await answerTicket(db, marc, ticket_number, 'Oups', { hold_seconds: 10 });
    await settle(await announce(undone, 'oups.png'));
    await call(db, marc, 'undo_ticket_reply', { message_id: undone });
    await db.sql`select private.release_ticket_replies()`;
    expect(JSON.stringify(await client.poll(mine))).not.toContain('oups');
  });

  it('brings nothing to another machine, another licence or a key nobody has', async () => {
    const { ticket_number } = await client.write(mine);
    await settle(await announce(await answerTicket(db, marc, ticket_number, 'Voici.'), 'a.png'));
    expect(await files({ ...mine, hwid: `HWID-${randomUUID()}` })).toEqual([]);
    expect(await files(await newMachine(db))).toEqual([]);
    const [row] = await db.sql`select code, answer
      from private.poll_client_tickets('203.0.113.7', 'NOBODY', ${mine.hwid}, null)`;
    expect(row).toEqual({ code: 'license_not_found', answer: null });
  });

  it('of a ticket that another machine has opened brings its words alone', async () => {
    const other = { ...mine, hwid: `HWID-${randomUUID()}` };
    const { ticket_number } = await client.write(other);
    await settle(await announce(await answerTicket(db, marc, ticket_number, 'Voici.'), 'a.png'));
    expect(await files()).toEqual([[], []]);
    expect(await files(other)).toEqual([]);
  });
});
