import { z } from 'zod';
import { logGroupStatuses } from '../constants/logs.ts';
import { logGroupRow, logRow } from '../rows/log.ts';
import { count, id, instant, pageOf, searchText } from '../scalars.ts';

/** The language of private.parse_log_query. */
const query = z.string().max(4_000).nullish();
const period = { from_time: instant.nullish(), to_time: instant.nullish() };
const facet = z.strictObject({ value: z.string(), count });

export const logRpc = {
  search_logs: {
    args: z.strictObject({
      query,
      ...period,
      /** A `next_cursor` of the same query. */
      cursor: z.string().nullish(),
      page_size: z.int().min(1).max(1_000).optional(),
      oldest_first: z.boolean().optional(),
    }),
    /** `complete` is false when the budget ran out: the cursor goes on from `searched_to`. */
    result: z.strictObject({
      rows: z.array(logRow),
      next_cursor: z.string().nullable(),
      complete: z.boolean(),
      searched_to: instant,
    }),
  },
  follow_logs: {
    args: z.strictObject({ query, cursor: z.string().nullish(), most: z.int().min(1).max(1_000).optional() }),
    /** `left_out`: older lines of the batches looked at are not among the rows. */
    result: z.strictObject({
      rows: z.array(logRow),
      left_out: z.boolean(),
      cursor: z.string(),
      has_more: z.boolean(),
    }),
  },
  get_log_histogram: {
    args: z.strictObject({
      query,
      ...period,
      buckets: z.int().min(1).max(1_000).optional(),
      /** Of an earlier answer: counts on before it. */
      counted_from: instant.nullish(),
    }),
    result: z.strictObject({
      total: count,
      bucket_seconds: z.int().positive(),
      buckets: z.array(
        z.strictObject({ at: instant, debug: count, info: count, warning: count, error: count, none: count }),
      ),
      counted_from: instant,
    }),
  },
  get_log_facets: {
    args: z.strictObject({ query, ...period }),
    result: z.strictObject({
      levels: z.array(facet),
      sources: z.array(facet),
      versions: z.array(facet),
      clients: z.array(facet.extend({ client: z.string(), license_key_hint: z.string() })),
      groups: z.array(z.strictObject({ value: z.int(), title: z.string(), count })),
      sampled: count,
      is_sample: z.boolean(),
      are_levels_exact: z.boolean(),
    }),
  },
  search_log_groups: {
    args: z.strictObject({
      query: searchText,
      status: z.enum([...logGroupStatuses, 'all']).optional(),
      page: z.int().min(1).optional(),
      page_size: z.int().min(1).max(5_000).optional(),
      source: z.string().nullish(),
      license_id: id.nullish(),
      assigned_to: id.nullish(),
      sort: z.enum(['last_seen_at', 'first_seen_at', 'lines', 'licenses']).optional(),
    }),
    result: pageOf(logGroupRow),
  },
  get_log_group: {
    args: z.strictObject({ group_id: z.int() }),
    result: logGroupRow.extend({
      hit: z.array(
        z.strictObject({
          license_id: id,
          customer_id: id,
          client: z.string(),
          license_key_hint: z.string(),
          lines: count,
          last_seen_at: instant,
        }),
      ),
    }),
  },
  update_log_group: {
    args: z.strictObject({
      group_id: z.int(),
      status: z.enum(logGroupStatuses),
      ignored_until: instant.nullish(),
      ignored_until_lines: count.nullish(),
    }),
    result: logGroupRow,
  },
  assign_log_group: { args: z.strictObject({ group_id: z.int(), user_id: id.nullish() }), result: logGroupRow },
  list_log_sources: {
    args: z.strictObject({}),
    result: z.strictObject({
      rows: z.array(
        z.strictObject({
          id: z.int(),
          name: z.string(),
          created_at: instant,
          last_line_at: instant.nullable(),
          tokens: z.array(
            z.strictObject({
              id,
              hint: z.string(),
              created_at: instant,
              created_by: id.nullable(),
              revoked_at: instant.nullable(),
              last_used_at: instant.nullable(),
            }),
          ),
        }),
      ),
    }),
  },
  add_log_source_token: {
    args: z.strictObject({ source: z.string() }),
    /** The token is shown this once. */
    result: z.strictObject({ id, source: z.string(), hint: z.string(), token: z.string() }),
  },
  revoke_log_token: { args: z.strictObject({ token_id: id }), result: z.null() },
};
