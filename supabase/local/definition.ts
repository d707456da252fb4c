import type { EventWebhook } from './stand-ins/mail/events.ts';
import type { InboundWebhook } from './stand-ins/mail/replies.ts';

/** What a project tells its home: everything that is not the same for every Supabase project. */
export interface HomeDefinition {
  /** Printed at start. */
  title: string;
  ports: Record<PartName, Part>;
  /** The web application started beside the API, if the project has one. */
  console?: {
    /** Folder of the Vite project, from the repository's root. */
    folder: string;
    environment(home: HomeFacts): Record<string, string>;
  };
  functions: {
    /** Comment at the head of a new `functions.env`. */
    note?: string;
    /** Secrets made at the first start and kept in `functions.env`. */
    generated: Record<string, () => string>;
    /** Values that follow the home's addresses and made secrets unless `functions.env` says otherwise. */
    given(home: HomeFacts, secrets: Record<string, string>): Record<string, string>;
  };
  /** What scheduled calls read from the vault. */
  vault(home: HomeFacts, secrets: Record<string, string>): Record<string, string>;
  standIns: {
    /** Key that SendGrid's API asks for; without it the mailbox takes every key. */
    mailKey?(secrets: Record<string, string>): string | undefined;
    /** Where the mailbox tells, as SendGrid's Event Webhook does, what became of each mail. */
    mailEvents?(home: HomeFacts, secrets: Record<string, string>): EventWebhook;
    /** Where the mailbox posts, as SendGrid's Inbound Parse does, what is answered to a mail. */
    mailInbound?(home: HomeFacts, secrets: Record<string, string>): InboundWebhook;
    messengers?: boolean;
    stripe?(home: HomeFacts, secrets: Record<string, string>): StripeSettings;
  };
  /** Address that the mails of Auth come from. */
  mailSender: string;
  accounts?: {
    /** Written by the seed into the data folder as its last act. */
    file: string;
    /** Its name in what `status --json` prints. */
    field: string;
  };
  /** Makes demo data once, on a home that already answers. */
  seed?(home: HomeFacts, secrets: Record<string, string>): Promise<void>;
  /** What a person may try first, below the table of addresses. */
  firstSteps?(status: Addresses, accounts: DemoAccount[]): string[];
}

/** Parts of a home that listen; a port base counts them in this order. */
export const partNames = ['api', 'db', 'studio', 'mailbox', 'console', 'stripe', 'messengers'] as const;
export type PartName = (typeof partNames)[number];

export interface Part {
  port: number;
  /** In the table of addresses. */
  title: string;
  /** In a sentence. */
  label: string;
}

export interface HomeFacts {
  dataDir: string;
  urls: Record<Exclude<PartName, 'db'>, string>;
  /** As `postgres`. */
  dbUrl: string;
  keys: { publishable: string; secret: string };
}

export interface StripeSettings {
  apiKey: string;
  webhook: { url: string; secret: string };
  account: StripeAccount;
}

export interface StripeAccount {
  name: string;
  statementDescriptor: string;
  invoicePrefix: string;
}

/** Somebody the seed made, who can sign in. */
export interface DemoAccount {
  email: string;
  password: string;
  totp_secret: string;
  role: string;
}

/** Addresses and keys, as `status --json` names them. */
export type Addresses = { api_url: string; db_url: string; publishable_key: string; secret_key: string } & Record<
  `${PartName}_url`,
  string
>;

const plainPorts: Record<PartName, Part> = {
  api: { port: 54321, title: 'API', label: 'API' },
  db: { port: 54322, title: 'Database', label: 'PostgreSQL' },
  studio: { port: 54323, title: 'Studio', label: 'studio' },
  mailbox: { port: 54324, title: 'Mailbox', label: 'mailbox' },
  console: { port: 5173, title: 'Console', label: 'console' },
  stripe: { port: 54325, title: 'Stripe', label: 'Stripe stand-in' },
  messengers: { port: 54326, title: 'Messengers', label: 'messengers' },
};

/** A project without a word of its own: database, API, mailbox and table editor. */
export const plainHome: HomeDefinition = {
  title: 'Supabase',
  ports: plainPorts,
  functions: { generated: {}, given: () => ({}) },
  vault: () => ({}),
  standIns: {},
  mailSender: 'noreply@local.test',
};
