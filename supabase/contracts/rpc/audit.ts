import { z } from 'zod';
import { actorKinds, exportFormats } from '../constants/staff.ts';
import { eventRow } from '../rows/event.ts';
import { count, data, id, instant, pageOf, paging, searchText } from '../scalars.ts';

export const auditRpc = {
  search_events: {
    args: z.strictObject({
      query: searchText,
      event_types: z.array(z.string()).nullish(),
      actor_id: id.nullish(),
      actor_kind: z.enum(actorKinds).nullish(),
      license_id: id.nullish(),
      customer_id: id.nullish(),
      /** Included. */
      from_time: instant.nullish(),
      /** Not included. */
      to_time: instant.nullish(),
      page: paging.page,
      page_size: paging.page_size,
    }),
    result: pageOf(eventRow),
  },
  audit_verify: {
    args: z.strictObject({}),
    result: z.strictObject({
      ok: z.boolean(),
      checked: count,
      first_broken_sequence: z.int().nullable(),
      last_hash: z.string(),
      verified_at: instant,
    }),
  },
  record_export: {
    args: z.strictObject({
      subject: z.string(),
      format: z.enum(exportFormats),
      row_count: count,
      filters: data.optional(),
    }),
    result: z.null(),
  },
} as const;
