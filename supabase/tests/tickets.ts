import type { RpcArgs, RpcName, RpcResult } from '../contracts/rpc/index.ts';
import { rpc } from '../contracts/rpc/index.ts';
import { createLicense, type Persona, type TestDatabase } from './database.ts';

/** Calls a function of the API by its arguments' names, and reads the answer by its contract. */
export async function call<Name extends RpcName>(
  db: TestDatabase,
  persona: Persona,
  name: Name,
  args: RpcArgs<Name>,
): Promise<RpcResult<Name>> {
  const given = Object.entries(args as Record<string, unknown>).filter(([, value]) => value !== undefined);
  const answer = await db.as(persona, (sql) =>
    sql.unsafe(
      `select public.${name}(${given.map(([key], index) => `${key} => $${index + 1}`).join(', ')}) as answer`,
      given.map(([, value]) => value as never),
    ),
  );
  return rpc[name].result.parse(answer[0]!['answer']) as RpcResult<Name>;
}

/** A customer, and his licence. */
export async function newCustomer(db: TestDatabase, email?: string) {
  const { id, license_key: key } = await createLicense(db.sql, email ? { email } : {});
  const [row] = await db.sql`select customer_id, email from public.licenses where id = ${id}`;
  return { licenseId: id, key, customerId: row!['customer_id'] as string, email: row!['email'] as string };
}

/** What a customer writes into a ticket. */
export async function customerWrites(db: TestDatabase, number: number, body: string, over: object = {}) {
  const message = { kind: 'message', author_kind: 'customer', channel: 'client', body, ...over };
  const [row] = await db.sql`select (private.add_ticket_message(support_tickets,
      jsonb_populate_record(null::public.ticket_messages, ${db.sql.json(message as never)}))).id as id
    from public.support_tickets where number = ${number}`;
  return row!['id'] as string;
}

/** A ticket the customer has opened with a message. */
export async function newTicket(db: TestDatabase, over: { subject?: string; body?: string; customerId?: string } = {}) {
  const customerId = over.customerId ?? (await newCustomer(db)).customerId;
  const [row] = await db.sql`insert into public.support_tickets (subject, channel, customer_id)
    values (${over.subject ?? 'Connexion impossible'}, 'client', ${customerId}) returning number`;
  const number = Number(row!['number']);
  const messageId = await customerWrites(db, number, over.body ?? 'QR Code expiré depuis ce matin.');
  return { number, messageId, customerId };
}
