import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { StoredMessage } from './store.ts';

/** Where SendGrid's Event Webhook would post, and the key it would sign with. */
export interface EventWebhook {
  url: string;
  /** PKCS#8 of a P-256 key in Base64. */
  privateKey: string;
  fetch?: typeof fetch;
}

type Event = Record<string, unknown>;

/** Which address meets which fate: `bounce@…`, `ana+bounce@…`. Every other one gets its mail. */
const fates: Record<string, Event[]> = {
  bounce: [{ event: 'bounce', type: 'bounce', status: '5.1.1', reason: '550 5.1.1 The account does not exist' }],
  blocked: [{ event: 'bounce', type: 'blocked', status: '4.2.2', reason: '452 4.2.2 The mailbox is full' }],
  deferred: [{ event: 'deferred', attempt: '1', response: '451 4.7.1 Try again later' }],
  dropped: [{ event: 'dropped', reason: 'Bounced Address' }],
  spam: [{ event: 'delivered', response: '250 OK' }, { event: 'spamreport' }],
};
const delivered: Event[] = [{ event: 'delivered', response: '250 OK' }];
/** SendGrid waits minutes and tries for a day; here nobody wants to. */
const pausesMs = [0, 1_000, 5_000, 30_000, 120_000];

export const makeEventKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ format: 'der', type: 'pkcs8' })
    .toString('base64');

const privateKeyOf = (base64: string) =>
  createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' });

/** As SendGrid shows it beside its webhook. */
export const publicEventKey = (privateKey: string): string =>
  createPublicKey(privateKeyOf(privateKey)).export({ format: 'der', type: 'spki' }).toString('base64');

export function eventsOf({ id, to, customArgs, receivedAt }: StoredMessage): Event[] {
  const timestamp = Math.floor(Date.parse(receivedAt) / 1000);
  return to.flatMap(({ email }) => {
    const fate = /(?:^|[.+_-])([a-z]+)@/i.exec(email)?.[1]?.toLowerCase() ?? '';
    const told = Object.hasOwn(fates, fate) ? fates[fate]! : delivered;
    return [{ event: 'processed' }, ...told].map((event) => ({
      email,
      timestamp,
      'smtp-id': `<${id}@local>`,
      sg_event_id: randomUUID(),
      sg_message_id: `${id}.local-1`,
      ...customArgs,
      ...event,
    }));
  });
}

/** Posts what became of each message, signed as SendGrid signs, until it is taken or the mailbox stops. */
export class MailEvents {
  readonly #webhook: EventWebhook;
  readonly #signal: AbortSignal;

  constructor(webhook: EventWebhook, signal: AbortSignal) {
    this.#webhook = webhook;
    this.#signal = signal;
  }

  async tell(message: StoredMessage): Promise<boolean> {
    const events = eventsOf(message);
    for (const pause of pausesMs) {
      if (!(await this.#wait(pause))) return false;
      if (await this.#post(JSON.stringify(events))) return true;
    }
    return false;
  }

  #wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#signal.aborted) return resolve(false);
      const stop = () => {
        clearTimeout(timer);
        resolve(false);
      };
      const timer = setTimeout(() => {
        this.#signal.removeEventListener('abort', stop);
        resolve(true);
      }, ms);
      timer.unref();
      this.#signal.addEventListener('abort', stop, { once: true });
    });
  }

  async #post(body: string): Promise<boolean> {
    const { url, privateKey, fetch: post = fetch } = this.#webhook;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = sign('sha256', Buffer.from(timestamp + body), privateKeyOf(privateKey)).toString('base64');
    try {
      const response = await post(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-twilio-email-event-webhook-signature': signature,
          'x-twilio-email-event-webhook-timestamp': timestamp,
        },
        body,
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(10_000)]),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }
}
