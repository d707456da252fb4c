import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface Address {
  email: string;
  name?: string;
}

export interface Attachment {
  filename: string;
  type: string;
  /** Base64. */
  content: string;
  contentId?: string;
}

export interface NewMessage {
  from: Address;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  replyTo?: Address;
  subject: string;
  text?: string;
  html?: string;
  attachments: Attachment[];
  headers: Record<string, string>;
  categories: string[];
  customArgs: Record<string, string>;
}

export interface StoredMessage extends NewMessage {
  id: string;
  receivedAt: string;
}

const keptMessages = 1000;

/** Messages in memory, newest first, with a copy of each as one JSON line in a file. */
export class MailStore {
  readonly changes = new EventEmitter().setMaxListeners(0);
  readonly #file: string | undefined;
  #messages: StoredMessage[] = [];

  constructor(file?: string) {
    this.#file = file;
    if (!file || !existsSync(file)) return;
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    this.#messages = lines.flatMap(parseLine).slice(-keptMessages).reverse();
    if (this.#messages.length < lines.length) this.#rewrite();
  }

  add(message: NewMessage, receivedAt = new Date()): StoredMessage {
    const stored: StoredMessage = { id: randomUUID(), receivedAt: receivedAt.toISOString(), ...message };
    this.#messages.unshift(stored);
    if (this.#file) appendFileSync(this.#file, `${JSON.stringify(stored)}\n`, { mode: 0o600 });
    if (this.#messages.length > keptMessages) this.#messages.length = keptMessages;
    this.changes.emit('change');
    return stored;
  }

  list(recipient?: string): StoredMessage[] {
    if (!recipient) return this.#messages;
    const wanted = recipient.toLowerCase();
    return this.#messages.filter(({ to, cc, bcc }) =>
      [...to, ...cc, ...bcc].some(({ email }) => email.toLowerCase() === wanted),
    );
  }

  find(id: string): StoredMessage | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  clear(): void {
    this.#messages = [];
    this.#rewrite();
    this.changes.emit('change');
  }

  #rewrite(): void {
    if (!this.#file) return;
    const lines = this.#messages.toReversed().map((message) => `${JSON.stringify(message)}\n`);
    writeFileSync(this.#file, lines.join(''), { mode: 0o600 });
  }
}

/** A run killed while writing leaves half a line. */
function parseLine(line: string): StoredMessage[] {
  try {
    return [JSON.parse(line) as StoredMessage];
  } catch {
    return [];
  }
}
