import type { HomeConfig } from '../config.ts';
import { type Mailbox, startMailbox } from './mail/server.ts';
import { startMessengers } from './messengers/server.ts';
import { startStripeStandIn } from './stripe/server.ts';

/** The services the product calls, as far as this home plays them; `secrets` are those the functions hold. */
export async function startStandIns(
  config: HomeConfig,
  secrets: Record<string, string>,
): Promise<{ mailbox: Mailbox; stop(): Promise<void> }> {
  const { dataDir, ports, urls } = config;
  const started: Array<{ stop(): Promise<void> }> = [];
  const stop = async () => {
    for (const one of started.reverse()) await one.stop();
  };
  try {
    const apiKey = secrets['SENDGRID_API_KEY'];
    const mailbox = await startMailbox({ port: ports.mailbox, dataDir, ...(apiKey ? { apiKey } : {}) });
    started.push(mailbox);
    started.push(await startMessengers({ port: ports.messengers }));
    started.push(
      await startStripeStandIn({
        port: ports.stripe,
        dataDir,
        apiKey: secrets['STRIPE_SECRET_KEY'] ?? '',
        webhook: {
          url: `${urls.api}/functions/v1/stripe-webhook`,
          secret: (secrets['STRIPE_WEBHOOK_SECRET'] ?? '').split(',')[0] ?? '',
        },
      }),
    );
    return { mailbox, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
