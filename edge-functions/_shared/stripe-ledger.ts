import type { Sql } from './database.ts';
import { requireMode } from './stripe.ts';
import type { Ledger, LedgerAnswer } from './stripe-events.ts';

/**
 * JSON that jsonb takes: what customers typed may hold NUL or half of a surrogate pair, which JSON can escape and
 * PostgreSQL cannot hold. Each becomes the replacement character; nothing else is touched.
 */
export function storableJson(json: string): string {
  return json.replace(
    // An escape is read whole, so that an escaped backslash begins none.
    /\\(?:(u0000)|u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|(ud[89a-f][0-9a-f]{2})|[^])/gi,
    (escape, nul?: string, _pair?: string, half?: string) => (nul || half ? '\\ufffd' : escape),
  );
}

/**
 * The ledger in Postgres. Events travel as text: parsing them twice costs more than applying them. `livemode` is that
 * of our key: events of the other mode are not ours.
 */
export function createLedger(sql: Sql, livemode: boolean): Ledger {
  return {
    async receive(event, source) {
      const text = storableJson(event);
      // First for good, then applied: the second commit need not wait for the disk.
      const [noted] = await sql<
        [{ due: boolean }]
      >`select private.note_stripe_event(${text}::text::jsonb, ${source}) as due`;
      if (!noted.due) return { status: 'duplicate' };
      const [row] = await sql<
        [{ answer: LedgerAnswer }]
      >`select private.receive_stripe_event(${text}::text::jsonb, ${source}, ${livemode}) as answer`;
      return row.answer;
    },
    async applyFetched(fetched, event, asked) {
      requireMode(
        fetched.map(({ object }) => object),
        livemode,
      );
      const [row] = await sql<[{ answer: LedgerAnswer }]>`
        select private.apply_fetched_stripe_objects(${storableJson(JSON.stringify(fetched))}::text::jsonb,
          ${event && storableJson(event)}::text::jsonb, ${asked}) as answer`;
      return row.answer;
    },
    async fail(eventId, message) {
      await sql`select private.fail_stripe_event(${eventId}, ${message})`;
    },
    async end(eventId, reason) {
      await sql`select private.end_stripe_event(${eventId}, ${reason})`;
    },
  };
}
