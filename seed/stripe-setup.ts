import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { createStripe } from '@whatautosys/edge-functions/_shared/stripe';
import { handledTypes } from '@whatautosys/edge-functions/_shared/stripe-events';
import { ensureCatalogue, ensureEndpoint, ensurePortal, type SoldPlan } from './stripe-catalogue.ts';
import { databaseUrl } from './target.ts';

const usage = `Usage: STRIPE_SECRET_KEY=sk_… npm run stripe:setup --
  [--webhook-url URL [--replace-endpoint]] [--return-url URL] [--tax-behavior inclusive|exclusive] [--db-url URL]

Makes at Stripe what the console needs, from the plans in the database: a product and a monthly and a
yearly price for each plan, the customer portal, and with --webhook-url the webhook endpoint, whose
signing secret it prints. Running it again changes nothing that is right already, and mends the portal. With
--tax-behavior the prices say whether they hold their taxes, which Stripe Tax needs to know. An endpoint that is
there is checked: version, events, status; --replace-endpoint makes a new one in place of one of another API version.`;

const { values } = parseArgs({
  options: {
    'webhook-url': { type: 'string' },
    'replace-endpoint': { type: 'boolean' },
    'return-url': { type: 'string' },
    'tax-behavior': { type: 'string' },
    'db-url': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const apiKey = process.env.STRIPE_SECRET_KEY;
if (values.help || !apiKey) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}
const webhookUrl = values['webhook-url'];
if (
  webhookUrl &&
  !/^https:\/\/[^/]+\/functions\/v1\/stripe-webhook$/.test(webhookUrl) &&
  !process.env.STRIPE_API_BASE
) {
  console.error(
    `"${webhookUrl}" is not the address of the function: https://<project>.supabase.co/functions/v1/stripe-webhook`,
  );
  process.exit(2);
}

const taxBehavior = values['tax-behavior'];
if (taxBehavior !== undefined && taxBehavior !== 'inclusive' && taxBehavior !== 'exclusive') {
  console.error(`--tax-behavior is inclusive or exclusive, got "${taxBehavior}"`);
  process.exit(2);
}

const stripe = createStripe({ apiKey, apiBase: process.env.STRIPE_API_BASE });
const sql = postgres(databaseUrl(values['db-url']), { max: 1, onnotice: () => undefined });
try {
  const plans = await sql<
    SoldPlan[]
  >`select code, name, monthly_price_cents, currency from public.plans where is_active order by position`;
  const { created, kept } = await ensureCatalogue(stripe, plans, taxBehavior);
  console.log(
    `Products and prices: ${created.length} created (${created.join(', ') || 'none'}), ${kept.length} there already`,
  );
  const portal = await ensurePortal(stripe, values['return-url'] ?? 'https://whatautosys.com');
  console.log(
    `Customer portal: ${{ created: 'created', mended: 'brought up to date', kept: 'there already' }[portal]}`,
  );
  if (webhookUrl) {
    const { secret, mended, otherVersion } = await ensureEndpoint(
      stripe,
      webhookUrl,
      handledTypes,
      values['replace-endpoint'],
    );
    console.log(
      secret
        ? `Webhook endpoint: created. Keep its secret:\nSTRIPE_WEBHOOK_SECRET=${secret}`
        : `Webhook endpoint: there already${mended.length > 0 ? `, mended: ${mended.join(', ')}` : ''}`,
    );
    if (otherVersion)
      console.log(
        `Its events are those of API version "${otherVersion}": they are read, each at the cost of a request to ` +
          'Stripe. --replace-endpoint makes a new one, whose secret takes the place of the old.',
      );
  }
} finally {
  await sql.end();
}
