import { randomUUID } from 'node:crypto';
import {
  type Caller,
  createHandler,
  type Polled,
  type Received,
  type Served,
} from '@whatautosys/edge-functions/client-ticket/handler';
import { expect } from 'vitest';
import {
  clientTicketResponse,
  type ClientTicketsResponse,
  clientTicketsResponse,
} from '../contracts/functions/client-ticket.ts';
import { createLicense, type Persona, type TestDatabase } from './database.ts';

/** A desktop client on a machine of its own. */
export interface Machine {
  key: string;
  hwid: string;
  licenseId: string;
}

export async function newMachine({ sql }: TestDatabase): Promise<Machine> {
  const hwid = `HWID-${randomUUID()}`;
  const { id, license_key: key } = await createLicense(sql, { hwid });
  return { key, hwid, licenseId: id };
}

/** What a page shows, ticket after ticket. */
export const bodies = ({ tickets }: ClientTicketsResponse): string[] =>
  tickets.flatMap(({ messages }) => messages.map(({ body }) => body));

const credentials = (caller: Caller) =>
  'session' in caller
    ? { licenseKey: null, hwid: null, session: caller.session }
    : { licenseKey: caller.licenseKey, hwid: caller.hwid, session: null };

/** The function over that database, asked without a port. */
export function clientTickets({ sql }: TestDatabase) {
  const url = 'http://functions/client-ticket';
  const ip = '203.0.113.7';
  const handle = createHandler({
    async receive(caller, request) {
      const { licenseKey, hwid, session } = credentials(caller);
      const [row] = await sql<[Served<Received>]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, answer
        from private.serve_client_ticket(${ip}, ${licenseKey}, ${hwid}, ${sql.json({ ...request })}, ${session})`;
      return row;
    },
    async poll(caller, afterMs) {
      const { licenseKey, hwid, session } = credentials(caller);
      const [row] = await sql<[Served<Polled>]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, answer
        from private.poll_client_tickets(${ip}, ${licenseKey}, ${hwid}, to_timestamp(${afterMs}::float8 / 1000),
          ${session})`;
      return row;
    },
    admit: async () => ({ allowed: true, retryAfterSeconds: 1 }),
    uploadAddress: async (id) => ({ url: `https://storage.example/${id}` }),
    downloadAddresses: async (files) => new Map(files.map(({ id }) => [id, `https://storage.example/${id}`])),
  });
  const ask = async ({ key, hwid }: Machine, over: object) => {
    const body = { message: 'Le QR Code expire.', idempotency_key: randomUUID(), ...over };
    const response = await handle(
      new Request(url, { method: 'POST', body: JSON.stringify({ license_key: key, hwid, ...body }) }),
    );
    return { status: response.status, body: (await response.json()) as { code: string } };
  };
  return {
    handle,
    async write(machine: Machine, over: object = {}) {
      const { status, body } = await ask(machine, over);
      expect(status, JSON.stringify(body)).toBe(201);
      return clientTicketResponse.parse(body);
    },
    async refused(machine: Machine, over: object = {}) {
      const { status, body } = await ask(machine, over);
      return [status, body.code];
    },
    async poll({ key, hwid }: Machine, after: string | null = null) {
      const headers = { 'x-license-key': key, 'x-hwid': hwid };
      const response = await handle(new Request(after === null ? url : `${url}?after=${after}`, { headers }));
      expect(response.status).toBe(200);
      return clientTicketsResponse.parse(await response.json());
    },
  };
}

/** A colleague's answer to all that was said so far → the message's id. */
export async function answerTicket(
  db: TestDatabase,
  persona: Persona,
  number: number,
  body: string,
  over: { next_status?: string; hold_seconds?: number } = {},
): Promise<string> {
  const [row] = await db.as(
    persona,
    (sql) => sql`
      select public.reply_ticket(${number}, 'public', ${body}, next_status => ${over.next_status ?? null},
        hold_seconds => ${over.hold_seconds ?? 0}, last_message_id => (
          select said.id from public.ticket_messages as said
          join public.support_tickets as tickets on tickets.id = said.ticket_id
          where tickets.number = ${number} order by said.sequence desc limit 1)) -> 'message' ->> 'id' as id`,
  );
  return row!['id'] as string;
}
