import { join } from 'node:path';
import type { StripeSettings } from '../../definition.ts';
import { listen } from '../../listen.ts';
import { createStripeStandIn, type StripeStandIn } from './index.ts';

/** The stand-in on loopback, its state kept in the data folder. */
export async function startStripeStandIn(
  options: StripeSettings & { port: number; dataDir?: string },
): Promise<StripeStandIn & { url: string }> {
  let url = '';
  const standIn = createStripeStandIn({
    apiKey: options.apiKey,
    webhook: options.webhook,
    account: options.account,
    publicUrl: () => url,
    ...(options.dataDir ? { file: join(options.dataDir, 'stripe.jsonl') } : {}),
  });
  const server = await listen(standIn.fetch, options.port, 'Stripe stand-in');
  url = server.url;
  return {
    ...standIn,
    url,
    async stop() {
      await server.stop();
      await standIn.stop();
    },
  };
}
