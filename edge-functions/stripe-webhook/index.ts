import { connect } from '../_shared/database.ts';
import { optional, required } from '../_shared/environment.ts';
import { waitUntil } from '../_shared/runtime.ts';
import { createStripe, isLiveKey } from '../_shared/stripe.ts';
import { createLedger } from '../_shared/stripe-ledger.ts';
import { createHandler } from './handler.ts';

Deno.serve(
  createHandler({
    stripe: createStripe({ apiKey: required('STRIPE_SECRET_KEY'), apiBase: optional('STRIPE_API_BASE', '') }),
    ledger: createLedger(
      connect(required('SUPABASE_DB_URL'), 'stripe-webhook'),
      isLiveKey(required('STRIPE_SECRET_KEY')),
    ),
    secrets: required('STRIPE_WEBHOOK_SECRET')
      .split(',')
      .map((secret) => secret.trim()),
    waitUntil,
    now: () => new Date(),
  }),
);
