import { connect } from '../_shared/database.ts';
import { optional, required } from '../_shared/environment.ts';
import { createStripe } from '../_shared/stripe.ts';
import { createLedger } from '../_shared/stripe-ledger.ts';
import { createHandler } from './handler.ts';
import { createSyncStore } from './store.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'stripe-sync');

Deno.serve(
  createHandler({
    stripe: createStripe({ apiKey: required('STRIPE_SECRET_KEY'), apiBase: optional('STRIPE_API_BASE', '') }),
    ledger: createLedger(sql),
    store: createSyncStore(sql),
    cronSecret: required('CRON_SECRET'),
    now: () => new Date(),
  }),
);
