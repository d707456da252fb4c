import type {
  ClientTicketRequest,
  ClientTicketResponse,
  ClientTicketsResponse,
} from '../supabase/contracts/functions/client-ticket.ts';
import { makePicture } from './picture.ts';
import type { Random } from './random.ts';
import { type Answer, codeOf, type Send } from './send.ts';
import { scenarios } from './tickets.ts';

/** A desktop client as it introduces itself. */
export interface Desktop {
  license_key: string;
  hwid: string;
  version: string;
  os: string;
  locale: 'fr' | 'en';
}

/** What its user is about to say to an answer. */
export interface Reply {
  ticket_number: number;
  message: string;
}

export interface SupportOptions {
  url: string;
  send: Send;
  random: Random;
  /** Between two tries. */
  wait(seconds: number): Promise<unknown>;
}

type Kept = ClientTicketsResponse['tickets'][number]['messages'][number] & { ticket_number: number };
type Written = Pick<ClientTicketRequest, 'subject' | 'message' | 'ticket_number'>;

const tries = 5;
const pictured = 0.35;

/** The support window of one client: opens tickets, reads what is answered, and says what its user says to that. */
export class SupportClient {
  readonly #desktop: Desktop;
  readonly #options: SupportOptions;
  readonly #tickets = new Map<number, { subject: string; status: string }>();
  /** In the order they came; what comes again stands where it came last. */
  readonly #messages = new Map<string, Kept>();
  readonly #heard = new Set<string>();
  #after: string | null = null;
  readonly counts = new Map<string, number>();

  constructor(desktop: Desktop, options: SupportOptions) {
    this.#desktop = desktop;
    this.#options = options;
  }

  /** Whether there is something to wait for: only then does the product go on asking. */
  get isWaiting(): boolean {
    return [...this.#tickets.values()].some(({ status }) => status !== 'closed' && status !== 'resolved');
  }

  /** Writes what such a customer writes, sometimes with a picture → the ticket's number; null when it was refused. */
  async open(): Promise<number | null> {
    const { random } = this.#options;
    const { locale, version, os } = this.#desktop;
    const { subject, asks } = random.pick(scenarios[locale]);
    const message = `${asks}\n\nWhatAutosys ${version}, ${os}`;
    const picture = random.chance(pictured) ? makePicture(random) : null;
    const number = await this.#write({ subject, message }, picture);
    if (number !== null) {
      this.#count('tickets');
      this.#tickets.set(number, { subject, status: 'open' });
    }
    return number;
  }

  async reply({ ticket_number, message }: Reply): Promise<void> {
    if ((await this.#write({ message, ticket_number }, null)) !== null) this.#count('replies');
  }

  /** Reads all that is new → what the user has to say to it, each answer once. */
  async poll(): Promise<Reply[]> {
    const { url, send } = this.#options;
    const headers = { 'x-license-key': this.#desktop.license_key, 'x-hwid': encodeHeader(this.#desktop.hwid) };
    for (let hasMore = true; hasMore;) {
      const query = this.#after === null ? '' : `?after=${this.#after}`;
      const answer = await send(`${url}${query}`, { method: 'GET', headers });
      if (answer.status !== 200) {
        this.#count(codeOf(answer));
        return [];
      }
      const page = JSON.parse(answer.body) as ClientTicketsResponse;
      this.#keep(page);
      this.#after = page.after;
      hasMore = page.has_more;
    }
    this.#count('polls');
    return [...this.#tickets].flatMap(([number, ticket]) => this.#replyTo(number, ticket));
  }

  #keep({ tickets }: ClientTicketsResponse): void {
    for (const { ticket_number, subject, status, messages } of tickets) {
      this.#tickets.set(ticket_number, { subject, status });
      for (const said of messages) {
        this.#messages.delete(said.id);
        this.#messages.set(said.id, { ...said, ticket_number });
      }
    }
  }

  /** Questions are answered in their order, then comes the thanks; who has nothing more to say is content. */
  #replyTo(ticket_number: number, { subject, status }: { subject: string; status: string }): Reply[] {
    if (status === 'resolved' || status === 'closed') return [];
    const said = [...this.#messages.values()].filter((one) => one.ticket_number === ticket_number);
    const last = said.at(-1);
    if (last?.author !== 'support' || this.#heard.has(last.id)) return [];
    this.#heard.add(last.id);
    const told = said.filter(({ author }) => author === 'customer').length - 1;
    const scenario = scenarios[this.#desktop.locale].find((one) => one.subject === subject);
    const message = scenario ? [...scenario.replies, scenario.thanks][Math.max(told, 0)] : undefined;
    return message === undefined ? [] : [{ ticket_number, message }];
  }

  /** The same key until it is taken: it is one message, however often it is sent. */
  async #write(written: Written, picture: Buffer | null): Promise<number | null> {
    const { url, send, random, wait } = this.#options;
    const { license_key, hwid } = this.#desktop;
    const attachments = picture ? [{ name: 'capture.png', type: 'image/png', size: picture.length }] : [];
    const body = { license_key, hwid, ...written, idempotency_key: random.uuid(), attachments };
    const post = () =>
      send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body satisfies ClientTicketRequest),
      });
    for (let pause = 1, left = tries; left > 0; pause *= 2, left -= 1) {
      const answer = await post();
      if (answer.status === 201) {
        const { ticket_number, uploads } = JSON.parse(answer.body) as ClientTicketResponse;
        if (await this.#upload(uploads[0]?.url, picture)) return ticket_number;
      } else {
        this.#count(codeOf(answer));
        if (isFinal(answer)) return null;
      }
      await wait(pause);
    }
    return null;
  }

  /** Whether all that was to go has gone. */
  async #upload(url: string | undefined, picture: Buffer | null): Promise<boolean> {
    if (url === undefined || picture === null) return true;
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await this.#options.send(url, { method: 'PUT', headers, body: picture });
    const isThere = answer.status === 200;
    this.#count(isThere ? 'pictures' : codeOf(answer));
    return isThere;
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

/** A request that is refused is refused again; what was too much, or failed, is not. */
const isFinal = ({ status }: Answer) => status >= 400 && status < 500 && status !== 429;

/** Headers are bytes: UTF-8, as one character each. */
const encodeHeader = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
