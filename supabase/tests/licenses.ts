import type { Sql } from 'postgres';

export const day = 86_400_000;

/** What the audit tells of a licence, the oldest first: its people resolved, what is sealed opened. */
export const eventsOf = (sql: Sql, licenseId: string) =>
  sql`select told ->> 'event_type' as event_type, told -> 'event_data' as event_data, told ->> 'actor' as actor,
      events.ip_address, events.user_agent
    from public.events, lateral private.event_row(events, private.master_key()) as told
    where license_id = ${licenseId} order by sequence`;
