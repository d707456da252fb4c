import { connect } from '../_shared/database.ts';
import { optional, required } from '../_shared/environment.ts';
import { createStripe, isLiveKey } from '../_shared/stripe.ts';
import { createLedger } from '../_shared/stripe-ledger.ts';
import { createHandler } from './handler.ts';
import { createSyncStore } from './store.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'stripe-sync');
const apiKey = required('STRIPE_SECRET_KEY');
const livemode = isLiveKey(apiKey);

Deno.serve(
  createHandler({
    stripe: createStripe({ apiKey, apiBase: optional('STRIPE_API_BASE', '') }),
    ledger: createLedger(sql, livemode),
    store: createSyncStore(sql),
    cronSecret: required('CRON_SECRET'),
    livemode,
    webhookUrl: `${required('SUPABASE_URL')}/functions/v1/stripe-webhook`,
    now: () => new Date(),
  }),
);
