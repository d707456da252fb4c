import { z } from 'zod';

export const id = z.uuid();
/** ISO 8601 with its offset; the database answers UTC. */
export const instant = z.iso.datetime({ offset: true });
/** A calendar day, `2026-11-30`. */
export const day = z.iso.date();
/** Money in the minor unit of the currency beside it: cents of the euro, yen, fils. */
export const minor = z.int();
/** ISO 4217, upper case. */
export const currency = z.string().regex(/^[A-Z]{3}$/);
export const count = z.int().nonnegative();
/** Amounts by currency, the largest first: they are never added. */
export const money = z.array(z.strictObject({ currency, cents: minor }));
export type Money = z.infer<typeof money>;
export const planCode = z.string().regex(/^[a-z][a-z0-9_]{1,31}$/);
/** Text that PostgreSQL can hold, in jsonb too: neither NUL nor half of a surrogate pair, at whatever depth. */
export const isStorable = (value: unknown): boolean =>
  typeof value === 'string'
    ? !/[\0\p{Surrogate}]/u.test(value)
    : typeof value !== 'object' || value === null || Object.entries(value).flat().every(isStorable);
const unstorable = 'must not hold NUL or half of a surrogate pair';
export const text = (max: number) => z.string().max(max).refine(isStorable, unstorable);
/** What a person must say for an action to be done; 1 to 500 characters once trimmed. */
export const reason = text(500).min(1);
export const data = z.record(z.string(), z.unknown());
export const searchText = z.string().max(300).nullish();

/** What the caller may do: each action with null, or the code with which it would be refused at the moment. */
export const actions = <Name extends string>(names: readonly Name[]) => z.record(z.enum(names), z.string().nullable());

/** Where in a list: pages count from 1. */
export const paging = {
  descending: z.boolean().optional(),
  page: z.int().min(1).max(1_000_000).optional(),
  page_size: z.int().min(1).max(5_000).optional(),
};

/** Where in what happened: before a sequence number, newest first. */
export const eventPaging = {
  before_sequence: z.int().nullish(),
  page_size: z.int().min(1).max(200).optional(),
};

export const pageOf = <Row extends z.ZodType>(row: Row) => z.strictObject({ total: count, rows: z.array(row) });
export const partOf = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({ rows: z.array(row), has_more: z.boolean() });
