import type { Sql } from 'postgres';

export const day = 86_400_000;

/** What the audit tells of a licence, the oldest first. */
export const eventsOf = (sql: Sql, licenseId: string) =>
  sql`select event_type, event_data, actor, ip_address, user_agent from public.events
    where license_id = ${licenseId} order by sequence`;
