import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Random } from '@whatautosys/seed/random';
import { SupportClient } from '@whatautosys/seed/support-client';
import { scenarios } from '@whatautosys/seed/tickets';
import { answerTicket, clientTickets, type Machine, newMachine } from './client-tickets.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call } from './tickets.ts';

let db: TestDatabase;
let marc: Persona;
let mine: Machine;
let waited: number[];
/** What the wire does to one request after the other; nothing when there is no more. */
let trouble: ((status: number) => { status: number; body: string } | null)[];
const uploads = new Map<string, Buffer>();
beforeAll(async () => {
  db = await createTestDatabase();
  marc = await db.addStaff('support');
});
afterAll(() => db.drop());
beforeEach(async () => {
  mine = await newMachine(db);
  [waited, trouble] = [[], []];
});

/** A client of the simulator, whose wire is the function itself. */
function newClient(seed: number): SupportClient {
  const { handle } = clientTickets(db);
  const desktop = { license_key: mine.key, hwid: mine.hwid, version: '1.4.2', os: 'Windows 11 Pro', locale: 'fr' };
  return new SupportClient(desktop as never, {
    url: 'http://functions/client-ticket',
    random: new Random(seed),
    wait: async (seconds) => waited.push(seconds),
    async send(url, { method, headers = {}, body }) {
      if (method === 'PUT') {
        uploads.set(url.split('/').at(-1)!, Buffer.from(body as Uint8Array));
        return trouble.shift()?.(200) ?? { status: 200, body: '{}' };
      }
      const given = { method, headers, ...(body === undefined ? {} : { body: body as string }) };
      const response = await handle(new Request(url, given));
      return trouble.shift()?.(response.status) ?? { status: response.status, body: await response.text() };
    },
  });
}
const ticket = (number: number) => call(db, marc, 'get_ticket', { ticket_number: number });
/** Seeds differ in what is written first, and whether with a picture. */
async function open(isWanted: (subject: string, files: number) => boolean) {
  for (let seed = 1; seed < 200; seed += 1) {
    mine = await newMachine(db);
    const client = newClient(seed);
    const number = (await client.open())!;
    const { subject, attachments } = await ticket(number);
    if (isWanted(subject, attachments.length)) return { client, number, seed };
  }
  throw new Error('No such request among 200 seeds');
}

it('a simulated client writes a request of the demo’s, with its version, in French', async () => {
  const client = newClient(7);
  const number = (await client.open())!;
  const shown = await ticket(number);
  const scenario = scenarios.fr.find(({ subject }) => subject === shown.subject)!;
  expect(shown).toMatchObject({ channel: 'client', license_id: mine.licenseId, status: 'open' });
  expect(shown.messages.map(({ body }) => body)).toEqual([`${scenario.asks}\n\nWhatAutosys 1.4.2, Windows 11 Pro`]);
  expect(client.isWaiting).toBe(true);
});

it('a picture goes where the answer says, and is a PNG of the announced size', async () => {
  const { number } = await open((_, files) => files === 1);
  const [file] = (await ticket(number)).attachments;
  const bytes = uploads.get(file!.id)!;
  expect([file!.name, bytes.length]).toEqual(['capture.png', file!.size]);
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
});

it('it answers what it is asked, thanks when it was helped, once each, and stops when that is over', async () => {
  const scenario = scenarios.fr.find(({ replies, thanks }) => replies.length === 1 && thanks)!;
  const { client, number } = await open((subject) => subject === scenario.subject);
  expect(await client.poll()).toEqual([]);
  await answerTicket(db, marc, number, scenario.answers[0]!, { next_status: 'waiting' });
  const asked = await client.poll();
  expect(asked).toEqual([{ ticket_number: number, message: scenario.replies[0] }]);
  expect(await client.poll()).toEqual([]);
  await client.reply(asked[0]!);
  await answerTicket(db, marc, number, scenario.answers[1]!, { next_status: 'waiting' });
  const helped = await client.poll();
  expect(helped).toEqual([{ ticket_number: number, message: scenario.thanks }]);
  await client.reply(helped[0]!);
  expect((await ticket(number)).messages.map(({ body }) => body).slice(1)).toEqual([
    scenario.answers[0],
    scenario.replies[0],
    scenario.answers[1],
    scenario.thanks,
  ]);
  await answerTicket(db, marc, number, 'Bonne journée.', { next_status: 'resolved' });
  expect(await client.poll()).toEqual([]);
  expect(client.isWaiting).toBe(false);
});

it('one that is started again finds its open tickets, and what to say there', async () => {
  const { client, number } = await open((subject) => scenarios.fr.some((one) => one.subject === subject && one.thanks));
  await answerTicket(db, marc, number, 'Essayez encore.', { next_status: 'waiting' });
  expect(await newClient(1).poll()).toEqual(await client.poll());
});

it('a lost answer is asked for again with the same key: one message', async () => {
  const client = newClient(3);
  trouble = [() => ({ status: 0, body: 'ECONNRESET' }), () => ({ status: 500, body: '{"code":"unexpected_failure"}' })];
  const number = (await client.open())!;
  expect(waited).toEqual([1, 2]);
  expect((await ticket(number)).messages).toHaveLength(1);
  const [row] = await db.sql`select count(*)::int as count from public.support_tickets
    where license_id = ${mine.licenseId}`;
  expect(row!['count']).toBe(1);
  expect(Object.fromEntries(client.counts)).toMatchObject({ ECONNRESET: 1, unexpected_failure: 1, tickets: 1 });
});

it('an upload that failed gets a new address', async () => {
  const { seed } = await open((_, files) => files === 1);
  mine = await newMachine(db);
  const client = newClient(seed);
  trouble = [() => null, () => ({ status: 0, body: 'ECONNRESET' })];
  const number = (await client.open())!;
  expect(Object.fromEntries(client.counts)).toEqual({ ECONNRESET: 1, pictures: 1, tickets: 1 });
  expect((await ticket(number)).attachments).toHaveLength(1);
});

it('a refusal is final', async () => {
  mine = { ...mine, key: 'NOBODY' };
  const client = newClient(1);
  expect(await client.open()).toBeNull();
  expect([waited, Object.fromEntries(client.counts)]).toEqual([[], { license_not_found: 1 }]);
});
