import { join } from 'node:path';
import { listen } from '../../listen.ts';
import { createMailApp } from './app.ts';
import type { EventWebhook } from './events.ts';
import type { InboundWebhook } from './replies.ts';
import { MailStore } from './store.ts';

export interface Mailbox {
  store: MailStore;
  url: string;
  /** A mail of the gateway itself (invitations, recovery). */
  deliver(message: { to: string; subject: string; html: string; text: string }): Promise<void>;
  stop(): Promise<void>;
}

export interface MailboxOptions {
  port: number;
  dataDir?: string;
  apiKey?: string;
  events?: EventWebhook;
  inbound?: InboundWebhook;
  sender?: string;
}

export async function startMailbox({
  port,
  dataDir,
  apiKey,
  events,
  inbound,
  sender = 'noreply@local.test',
}: MailboxOptions): Promise<Mailbox> {
  const store = new MailStore(dataDir && join(dataDir, 'mailbox.jsonl'));
  const stopping = new AbortController();
  const app = createMailApp({ store, signal: stopping.signal, apiKey, events, inbound });
  const server = await listen(app.fetch, port, 'mailbox');
  return {
    store,
    url: server.url,
    deliver: async ({ to, ...message }) => {
      store.add({
        from: { email: sender },
        to: [{ email: to }],
        cc: [],
        bcc: [],
        attachments: [],
        headers: {},
        categories: ['auth'],
        customArgs: {},
        ...message,
      });
    },
    async stop() {
      stopping.abort();
      await server.stop();
    },
  };
}
