import type { Sql } from '../_shared/database.ts';
import { storableJson } from '../_shared/stripe-ledger.ts';
import type { SyncStore } from './types.ts';

/** What Stripe told, as jsonb takes it. */
const storable = (value: unknown) => storableJson(JSON.stringify(value));

export function createSyncStore(sql: Sql): SyncStore {
  return {
    async claimEvents(batch) {
      const rows = await sql`select private.claim_stripe_events(${batch}) as event`;
      return rows.map(({ event }) => event);
    },
    async claim() {
      const [row] = await sql`select private.claim_stripe_sync() as sync`;
      return row?.['sync'] ?? null;
    },
    async advance(syncId, phase, cursor, done) {
      const [row] = await sql`select private.advance_stripe_sync(${syncId}, ${phase}, ${cursor}, ${done})::text as at`;
      return row?.['at'] ?? null;
    },
    async reconcile(syncId, objects, listedAt, asOf) {
      const [row] = await sql`select private.reconcile_stripe_objects(${syncId}, ${storable(objects)}::text::jsonb,
          ${listedAt}::text::timestamptz, to_timestamp(${asOf})) as fetch`;
      return row!['fetch'];
    },
    async unknownEvents(ids) {
      const rows = await sql`select private.unknown_stripe_events(${ids}) as id`;
      return rows.map(({ id }) => id);
    },
    async unseenSubscriptions(syncId) {
      const rows = await sql`select private.unseen_stripe_subscriptions(${syncId}) as id`;
      return rows.map(({ id }) => id);
    },
    async versionOf(id) {
      const [row] = await sql`select private.stripe_version(${id})::int as version`;
      return row!['version'];
    },
    async reportDrift(syncId, objectType, objectId, fields, action) {
      await sql`select private.report_stripe_drift(${syncId}, ${objectType}, ${objectId},
        ${storable(fields)}::text::jsonb, ${action})`;
    },
    async claimActs(at) {
      const rows = await sql`select private.claim_unknown_acts(${at.toISOString()}::text::timestamptz) as act`;
      return rows.map(({ act }) => act);
    },
    async settleAct(actId, event) {
      await sql`select private.settle_looked_at_act(${actId}, ${event && storable(event)}::text::jsonb)`;
    },
    async noteAccount(account) {
      await sql`select private.note_stripe_account(${storable(account)}::text::jsonb)`;
    },
    async release(syncId) {
      await sql`select private.release_stripe_sync(${syncId})`;
    },
    async finish(syncId, error) {
      await sql`select private.finish_stripe_sync(${syncId}, ${error})`;
    },
  };
}
