import { factsOf, type HomeConfig } from '../config.ts';
import type { HomeFacts } from '../definition.ts';
import { type Mailbox, startMailbox } from './mail/server.ts';
import { startMessengers } from './messengers/server.ts';
import { startStripeStandIn } from './stripe/server.ts';

/**
 * The services the product calls, as far as this home plays them; `secrets` are those the functions hold. The mailbox
 * is always there: it gets the home's own mails.
 */
export async function startStandIns(
  config: HomeConfig,
  keys: HomeFacts['keys'],
  secrets: Record<string, string>,
): Promise<{ mailbox: Mailbox; stop(): Promise<void> }> {
  const { dataDir, ports } = config;
  const { standIns, mailSender } = config.definition;
  const started: Array<{ stop(): Promise<void> }> = [];
  const stop = async () => {
    for (const one of started.reverse()) await one.stop();
  };
  try {
    const apiKey = standIns.mailKey?.(secrets);
    const events = standIns.mailEvents?.(factsOf(config, keys), secrets);
    const inbound = standIns.mailInbound?.(factsOf(config, keys), secrets);
    const mailbox = await startMailbox({
      port: ports.mailbox,
      dataDir,
      sender: mailSender,
      ...(apiKey ? { apiKey } : {}),
      ...(events ? { events } : {}),
      ...(inbound ? { inbound } : {}),
    });
    started.push(mailbox);
    if (standIns.messengers) started.push(await startMessengers({ port: ports.messengers }));
    const stripe = standIns.stripe?.(factsOf(config, keys), secrets);
    if (stripe) started.push(await startStripeStandIn({ port: ports.stripe, dataDir, ...stripe }));
    return { mailbox, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
