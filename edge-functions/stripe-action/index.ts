import { connect } from '../_shared/database.ts';
import { optional, projectKey, required } from '../_shared/environment.ts';
import { createAuthenticate } from '../_shared/staff.ts';
import { createStripe, isLiveKey } from '../_shared/stripe.ts';
import { createHandler } from './handler.ts';
import { createActionStore } from './store.ts';

const apiKey = required('STRIPE_SECRET_KEY');
const stripe = createStripe({ apiKey, apiBase: optional('STRIPE_API_BASE', '') });
const consoleUrl = required('CONSOLE_URL');

Deno.serve(
  createHandler({
    authenticate: createAuthenticate({
      supabaseUrl: required('SUPABASE_URL'),
      publishableKey: projectKey('PUBLISHABLE'),
    }),
    store: createActionStore(
      connect(required('SUPABASE_DB_URL'), 'stripe-action'),
      stripe,
      isLiveKey(apiKey),
      () => new Date(),
    ),
    stripe,
    consoleUrl,
    customerUrl: optional('CUSTOMER_URL', consoleUrl),
  }),
);
