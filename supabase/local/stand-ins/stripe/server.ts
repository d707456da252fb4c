import { join } from 'node:path';
import { listen } from '../../listen.ts';
import { createStripeStandIn, type StripeStandIn } from './index.ts';

/** The stand-in on loopback, its state kept in the data folder. */
export async function startStripeStandIn(options: {
  port: number;
  dataDir?: string;
  apiKey: string;
  webhook: { url: string; secret: string };
}): Promise<StripeStandIn & { url: string }> {
  let url = '';
  const standIn = createStripeStandIn({
    apiKey: options.apiKey,
    webhook: options.webhook,
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
