import type { Random } from './random.ts';

/** A line as the product sends it. */
export interface SentLine {
  level: 'debug' | 'info' | 'warning' | 'error';
  source: string;
  message: string;
  stack?: string;
  context?: Record<string, unknown>;
  occurred_at: string;
}

/** Where a client stands: what goes wrong depends on its version. */
export interface Writer {
  version: string;
}

interface Scenario {
  weight: number;
  /** Lines of one occasion, seconds apart. */
  tell(random: Random, writer: Writer): (Omit<SentLine, 'occurred_at'> & { after: number })[];
}

const address = (random: Random) => `10.${random.int(0, 40)}.${random.int(0, 255)}.${random.int(1, 254)}`;
const phone = (random: Random) => `336${String(random.int(10_000_000, 99_999_999))}@s.whatsapp.net`;

const campaigns = ['Soldes', 'Relance panier', 'Anniversaires', 'Rentrée'];

const connectStack = (random: Random) =>
  [
    'Error: connect ECONNREFUSED',
    `    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:${random.int(1500, 1700)}:16)`,
    '    at baileys.connect (baileys.js:142:11)',
    '    at Bridge.startWhatsApp (bridge.js:234:19)',
    '    at async Session.open (session.js:88:5)',
  ].join('\n');

const failure = (random: Random): Omit<SentLine, 'occurred_at'> => ({
  level: 'error',
  source: 'Baileys',
  message: 'WebSocket connection to WhatsApp failed: ECONNREFUSED',
  stack: connectStack(random),
  context: { attempt: random.int(1, 6), address: `${address(random)}:443` },
});
/** A client that cannot reach WhatsApp. */
export const tellFailure = (random: Random, at: number): SentLine => ({
  ...failure(random),
  occurred_at: new Date(at).toISOString(),
});

/** The newest version, and the one before it: from this one on the catalogue loses its pictures. */
export const brokenSince = '1.4.2';
export const brokenAfter = '1.4.1';
const lostPicture = (random: Random): Omit<SentLine, 'occurred_at'> => ({
  level: 'error',
  source: 'Backend',
  message: `Cannot read properties of undefined (reading 'thumbnail') in item ${random.int(1, 400)}`,
  stack: [
    "TypeError: Cannot read properties of undefined (reading 'thumbnail')",
    '    at Catalogue.render (catalogue.js:212:37)',
    '    at Array.map (<anonymous>)',
    '    at async Page.show (page.js:57:3)',
  ].join('\n'),
  context: { path: `/api/v1/catalogue/${random.int(1, 400)}` },
});
/** A catalogue without its pictures. */
export const tellLostPicture = (random: Random, at: number): SentLine => ({
  ...lostPicture(random),
  occurred_at: new Date(at).toISOString(),
});
const isBroken = ({ version }: Writer) => version.localeCompare(brokenSince, 'en', { numeric: true }) >= 0;

const scenarios: Scenario[] = [
  {
    weight: 30,
    tell: (random) => [
      { level: 'debug', source: 'Baileys', message: `socket opened to ${address(random)}:443`, after: 0 },
      { level: 'info', source: 'Baileys', message: `Session ${random.uuid()} connected`, after: random.int(1, 4) },
      {
        level: 'info',
        source: 'Baileys',
        message: `Synchronised ${random.int(3, 900)} chats in ${random.int(200, 9_000)} ms`,
        context: { contacts: random.int(10, 5_000), platform: 'web' },
        after: random.int(2, 20),
      },
    ],
  },
  {
    weight: 40,
    tell: (random) => [
      {
        level: 'info',
        source: 'Backend',
        message: `Campaign "${random.pick(campaigns)}" sent to ${random.int(20, 900)} contacts`,
        context: { campaign_id: random.uuid(), duration_ms: random.int(900, 90_000) },
        after: 0,
      },
    ],
  },
  {
    weight: 30,
    tell: (random) => [
      { level: 'debug', source: 'Baileys', message: `message delivered to ${phone(random)}`, after: 0 },
    ],
  },
  {
    weight: 35,
    tell: (random) => [
      {
        level: 'debug',
        source: 'Mistral AI',
        message: `POST https://api.mistral.ai/v1/chat/completions → 200 in ${random.int(300, 4_000)} ms`,
        context: { model: 'mistral-small-latest', tokens_used: random.int(80, 3_000) },
        after: 0,
      },
    ],
  },
  {
    weight: 8,
    tell: (random) => [
      {
        level: 'warning',
        source: 'Mistral AI',
        message: `Rate limit approaching: ${random.int(8_000, 9_990)}/10000 requests`,
        after: 0,
      },
    ],
  },
  {
    weight: 3,
    tell: (random) => [
      {
        level: 'error',
        source: 'Mistral AI',
        message: `Request failed with status code 429: rate limit exceeded, retry after ${random.int(1, 60)} s`,
        stack: [
          'MistralError: rate limit exceeded',
          '    at Client.request (mistral.js:77:13)',
          '    at async Assistant.answer (assistant.js:41:20)',
        ].join('\n'),
        context: { request_id: random.uuid() },
        after: 0,
      },
    ],
  },
  {
    weight: 9,
    tell: () => [
      { level: 'info', source: 'Baileys', message: 'QR Code displayed', after: 0 },
      { level: 'warning', source: 'Baileys', message: 'QR Code expired before it was scanned (60 s)', after: 60 },
    ],
  },
  {
    weight: 6,
    tell: (random) => [
      { ...failure(random), after: 0 },
      { level: 'info', source: 'Baileys', message: `Reconnecting in ${random.int(2, 30)} s`, after: 1 },
    ],
  },
  {
    weight: 3,
    tell: (random) => [
      {
        level: 'warning',
        source: 'Backend',
        message: `Database locked for ${random.int(1_000, 9_000)} ms, ${random.int(2, 5)} retries`,
        after: 0,
      },
    ],
  },
  {
    weight: 1,
    tell: (random) => [
      {
        level: 'error',
        source: 'Backend',
        message: String.raw`EACCES: permission denied, open 'C:\Users\client\AppData\Roaming\WhatAutosys\data.db'`,
        stack: [
          'Error: EACCES: permission denied',
          '    at Object.openSync (node:fs:573:18)',
          '    at Store.open (store.js:19:8)',
        ].join('\n'),
        context: { free_mb: random.int(10, 900) },
        after: 0,
      },
    ],
  },
  {
    weight: 5,
    tell: (random, writer) =>
      isBroken(writer)
        ? [{ ...lostPicture(random), after: 0 }]
        : [{ level: 'info', source: 'Backend', message: `Catalogue of ${random.int(4, 400)} items shown`, after: 0 }],
  },
];

const weights = Object.fromEntries(scenarios.map(({ weight }, index) => [String(index), weight]));

/** Lines of one occasion in a client, from a moment on. */
export function tellLines(random: Random, writer: Writer, at: number): SentLine[] {
  let moment = at;
  return scenarios[Number(random.weighted(weights))]!.tell(random, writer).map(({ after, ...line }) => {
    moment += after * 1_000 + random.int(0, 900);
    return { ...line, occurred_at: new Date(moment).toISOString() };
  });
}

/** Lines of our own servers. */
export function tellServerLine(random: Random, at: number): SentLine {
  const occurred_at = new Date(at).toISOString();
  return random.pick<SentLine>([
    {
      level: 'info',
      source: 'Stripe',
      message: `Webhook invoice.paid handled in ${random.int(8, 90)} ms`,
      occurred_at,
    },
    {
      level: 'warning',
      source: 'Stripe',
      message: `Charge ch_${random.hex(14)} declined: insufficient_funds`,
      context: { amount: random.int(1_900, 99_900), currency: 'eur' },
      occurred_at,
    },
    { level: 'debug', source: 'Backend', message: `license-check answered in ${random.int(2, 40)} ms`, occurred_at },
  ]);
}
