import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillLicenses, fillTickets } from '@whatautosys/seed/fill';
import { answerTicket, bodies, clientTickets, type Machine } from './client-tickets.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call } from './tickets.ts';

const count = 200;
let db: TestDatabase;
let support: Persona;
let client: ReturnType<typeof clientTickets>;
beforeAll(async () => {
  db = await createTestDatabase();
  support = await db.addStaff('support');
  await fillTickets(db.sql, count);
  await db.sql`update public.settings set value = '1000000' where key = 'client_ticket_per_minute'`;
  client = clientTickets(db);
});
afterAll(() => db.drop());

async function counted(from: string): Promise<number> {
  const [row] = await db.sql.unsafe(`select count(*)::int as count from ${from}`);
  return row!['count'] as number;
}

/** The machine of a licence that has tickets. */
async function machineWithTickets(): Promise<Machine> {
  const [row] = await db.sql<[Machine]>`
    select licenses.id as "licenseId",
      private.decrypt_secret(license_key_encrypted, private.secret('license_key_key')) as key,
      private.decrypt_secret(hwid_encrypted, private.secret('hwid_key')) as hwid
    from public.support_tickets as tickets join public.licenses on licenses.id = tickets.license_id
    join private.license_secrets on license_secrets.license_id = licenses.id
    group by licenses.id, license_key_encrypted, hwid_encrypted order by count(*) desc limit 1`;
  return row;
}

const messagesOf = async ({ licenseId }: Machine) =>
  (
    await db.sql<{ id: string }[]>`select said.id from public.ticket_messages as said
      join public.support_tickets as tickets on tickets.id = said.ticket_id where license_id = ${licenseId}`
  ).map(({ id }) => id);

describe('what is filled in', () => {
  it('has all tickets, five messages each on average, and customers enough', async () => {
    expect(await counted('public.support_tickets')).toBe(count);
    expect(await counted('public.ticket_messages')).toBe(5 * count);
    expect(await counted('public.licenses')).toBe(count / 10);
    expect(await counted('public.ticket_notes')).toBeGreaterThan(20);
  });

  it('mails nobody, alarms nobody, and follows only what may follow', async () => {
    expect(await counted('public.email_outbox')).toBe(0);
    expect(await counted('public.support_tickets where warn_at <= now()')).toBe(0);
    const wrong = await db.sql`select data from public.ticket_events where kind = 'status_changed'
      and not private.may_follow(data ->> 'before', data ->> 'after', actor_kind)`;
    expect(wrong).toEqual([]);
    expect(await counted('public.support_tickets where greatest(updated_at, created_at) > now()')).toBe(0);
    expect(await counted('public.ticket_messages where created_at > now()')).toBe(0);
  });

  it('stands in the same columns as what went through the API', async () => {
    const machine = await machineWithTickets();
    const { ticket_number } = await client.write(machine, { subject: 'QR Code', message: 'Il expire.' });
    await call(db, support, 'update_ticket', {
      ticket_number,
      changes: { assigned_to: support.userId, tags: ['qr'] },
    });
    await answerTicket(db, support, ticket_number, 'Voici.', { next_status: 'resolved' });
    const columns = async (condition: string) => {
      const [row] = await db.sql.unsafe<{ ticket: object; asked: object; answered: object }[]>(`
        select jsonb_strip_nulls(to_jsonb(tickets)) as ticket,
          (select jsonb_strip_nulls(to_jsonb(said) - 'idempotency_key') from public.ticket_messages as said
            where ticket_id = tickets.id and author_kind = 'customer' limit 1) as asked,
          (select jsonb_strip_nulls(to_jsonb(said) - 'idempotency_key') from public.ticket_messages as said
            where ticket_id = tickets.id and author_kind = 'staff' limit 1) as answered
        from public.support_tickets as tickets where ${condition} limit 1`);
      return Object.values(row!).map((one: object) => Object.keys(one).sort());
    };
    expect(
      await columns(`status = 'resolved' and channel = 'client' and license_id is not null
        and number <> ${ticket_number} and exists (select from public.ticket_messages as said
          where ticket_id = tickets.id and author_kind = 'staff')`),
    ).toEqual(await columns(`number = ${ticket_number}`));
  });

  it('keeps the words of each ticket as the triggers do', async () => {
    await db.sql`create temporary table before as select * from private.ticket_texts`;
    await db.sql`update public.support_tickets set subject = subject`;
    const differing = await db.sql`select from before full join private.ticket_texts as texts using (ticket_id)
      where before.words is distinct from texts.words`;
    expect(differing).toHaveLength(0);
    expect(await counted('private.ticket_texts')).toBe(await counted('public.support_tickets'));
  });

  it('is found by its topic, as often as it was written about', async () => {
    const { total } = await call(db, support, 'search_tickets', { query: 'soldes' });
    const [row] = await db.sql`select count(distinct ticket_id)::int as count from (
        select ticket_id, body from public.ticket_messages union all select ticket_id, body from public.ticket_notes)
      as texts where body like '%soldes%'`;
    expect(total).toBeGreaterThan(count / 20);
    expect(total).toBe(row!['count']);
  });

  it('counts in folders as the list does', async () => {
    const folders = await call(db, support, 'count_ticket_folders', {});
    for (const [folder, total] of Object.entries(folders))
      expect([folder, (await call(db, support, 'search_tickets', { folder: folder as 'all' })).total]).toEqual([
        folder,
        total,
      ]);
    expect(folders.closed).toBeGreaterThan(count / 2);
    expect(folders.inbox).toBeGreaterThan(0);
  });

  it('counts answers and ends in working time, of which the report tells the median', async () => {
    const [row] = await db.sql`
      with timed as (
        select private.working_seconds(policy.calendar_id, tickets.created_at, answered.at) as seconds,
          first_response_seconds
        from public.support_tickets as tickets join public.sla_policies as policy using (priority)
        cross join lateral (select min(said.created_at) as at from public.ticket_messages as said
          where ticket_id = tickets.id and author_kind = 'staff') as answered where answered.at is not null)
      select count(*)::int as answered, count(*) filter (where floor(seconds) = first_response_seconds)::int as right,
        round(percentile_cont(0.5) within group (order by floor(seconds)))::int as median from timed`;
    expect(row!['right']).toBe(row!['answered']);
    const [days] = await db.sql`select (now() - interval '500 days')::date::text as from_day,
      (now() + interval '1 day')::date::text as to_day`;
    const { total } = await call(db, support, 'report_tickets', {
      from_day: days!['from_day'] as string,
      to_day: days!['to_day'] as string,
      group_by: 'priority',
    });
    expect(total!.tickets.count).toBe(await counted('public.support_tickets'));
    expect(total!.first_response).toMatchObject({ count: row!['answered'], median_seconds: row!['median'] });
    expect(total!.resolution.count).toBe(
      await counted(`public.support_tickets where status in ('resolved', 'closed')`),
    );
    expect(await counted(`public.support_tickets where (resolution_seconds is null) <> (resolved_at is null)`)).toBe(0);
  });

  it('is read by the product once, in order, and nothing else is', async () => {
    const machine = await machineWithTickets();
    const read: string[] = [];
    let after: string | null = null;
    for (let hasMore = true; hasMore;) {
      const page = await client.poll(machine, after);
      read.push(...bodies(page));
      ({ after, has_more: hasMore } = page);
    }
    const said = await db.sql<{ body: string }[]>`select said.body from public.ticket_messages as said
      join public.support_tickets as tickets on tickets.id = said.ticket_id where license_id = ${machine.licenseId}
      order by tickets.number, said.sequence`;
    expect(read.sort()).toEqual(said.map(({ body }) => body).sort());
    const [ticket] = await db.sql`select number from public.support_tickets where license_id = ${machine.licenseId}`;
    await answerTicket(db, support, Number(ticket!['number']), 'Une de plus.');
    expect(bodies(await client.poll(machine, after))).toEqual(['Une de plus.']);
  });

  it('gives every answer a Message-ID by which a mail finds its ticket', async () => {
    const lost = await db.sql`select from public.ticket_messages as said
      join public.support_tickets as tickets on tickets.id = said.ticket_id where author_kind = 'staff'
        and private.ticket_of_token(said.message_id) is distinct from tickets.number`;
    expect(lost).toHaveLength(0);
  });
});

describe('another call', () => {
  it('that is cut leaves nothing, and everything as it was', async () => {
    const before = [await counted('public.support_tickets'), await counted('private.ticket_publications')];
    await expect(
      fillTickets(db.sql, 10, () => {
        throw new Error('cut');
      }),
    ).rejects.toThrow('cut');
    expect([await counted('public.support_tickets'), await counted('private.ticket_publications')]).toEqual(before);
    expect(
      await counted(`pg_trigger where not tgisinternal and tgenabled <> 'O'
        and tgrelid in ('public.support_tickets'::regclass, 'public.ticket_messages'::regclass)`),
    ).toBe(0);
  });

  it('adds other ones, which the product reads after what it has read', async () => {
    const machine = await machineWithTickets();
    let page = await client.poll(machine);
    while (page.has_more) page = await client.poll(machine, page.after);
    const [known, before] = [await messagesOf(machine), await counted('public.support_tickets')];
    await fillTickets(db.sql, 300);
    expect(await counted('public.support_tickets')).toBe(before + 300);
    expect(await counted('public.licenses')).toBe(Math.ceil((before + 300) / 10));
    const fresh = await messagesOf(machine);
    const read: string[] = [];
    do {
      page = await client.poll(machine, page.after);
      read.push(...page.tickets.flatMap(({ messages }) => messages.map(({ id }) => id)));
    } while (page.has_more);
    expect(fresh.length).toBeGreaterThan(known.length);
    expect(read.sort()).toEqual(fresh.filter((id) => !known.includes(id)).sort());
  });

  it('needs somebody who could have answered', async () => {
    const empty = await createTestDatabase();
    try {
      await fillLicenses(empty.sql, 1);
      await expect(fillTickets(empty.sql, 1)).rejects.toThrow('nobody on the staff');
      await empty.addStaff('viewer');
      await expect(fillTickets(empty.sql, 1)).rejects.toThrow('nobody on the staff');
    } finally {
      await empty.drop();
    }
  });
});
