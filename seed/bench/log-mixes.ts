/** What is asked of a month of lines. */
export interface Mix {
  query: string;
  /** Milliseconds (p95) within which the first page answers, whole where `isWhole`. */
  limit: number;
  isWhole?: boolean;
  /** Texts that must all be in a line, or one of them: what an index of texts can help to find. */
  all?: string[];
  any?: string[];
  /** The rest of the query, over public.logs. */
  besides?: string;
}

const source = (name: string) =>
  `source_id = any (array(select id from public.log_sources where log_sources.name = '${name}'))`;
const without = (text: string) => `strpos(private.log_words(message, stack, context), '${text}') = 0`;

/** The texts the design was tuned on. */
const tuned: Record<string, Mix> = {
  'no text': { query: '', limit: 150, isWhole: true },
  'a common word': { query: 'connected', limit: 150, isWhole: true, all: ['connected'] },
  'a common word of a source': {
    query: 'source:"Mistral AI" completions',
    limit: 150,
    isWhole: true,
    all: ['completions'],
    besides: source('Mistral AI'),
  },
  'one or another': {
    query: 'thumbnail OR EACCES',
    limit: 150,
    isWhole: true,
    any: ['thumbnail', 'eacces'],
  },
  'a text and not another': {
    query: 'session -connected',
    limit: 150,
    isWhole: true,
    all: ['session'],
    besides: without('connected'),
  },
  'part of an address': { query: '"10.7.77."', limit: 200, all: ['10.7.77.'] },
  'what nobody wrote': { query: 'nowhere', limit: 200, all: ['nowhere'] },
  'a text with a level it never has': {
    query: 'level:debug thumbnail',
    limit: 200,
    all: ['thumbnail'],
    besides: `level = 'debug'`,
  },
  'five digits of a hash': { query: 'a1b2c', limit: 200, all: ['a1b2c'] },
};

/** Texts nothing was tuned on: kept apart, and asked like the others. */
const heldOut: Record<string, Mix> = {
  'a common word, held out': { query: 'synchronised', limit: 150, isWhole: true, all: ['synchronised'] },
  'a common word of a source, held out': {
    query: 'source:Stripe handled',
    limit: 150,
    isWhole: true,
    all: ['handled'],
    besides: source('Stripe'),
  },
  'one or another, held out': {
    query: 'insufficient_funds OR "database locked"',
    limit: 150,
    isWhole: true,
    any: ['insufficient_funds', 'database locked'],
  },
  'a text and not another, held out': {
    query: 'campaign -soldes',
    limit: 150,
    isWhole: true,
    all: ['campaign'],
    besides: without('soldes'),
  },
  'part of a path, held out': {
    query: String.raw`"Roaming\WhatAutosys"`,
    limit: 200,
    all: [String.raw`roaming\whatautosys`],
  },
  'a frame of a stack, held out': { query: '"bridge.js:234:19"', limit: 200, all: ['bridge.js:234:19'] },
  'two rare texts, held out': { query: 'ECONNREFUSED "10.11.9"', limit: 200, all: ['econnrefused', '10.11.9'] },
  'a number of three digits, held out': { query: '"in 1999 ms"', limit: 200, all: ['in 1999 ms'] },
  'a text of a source that never says it, held out': {
    query: 'source:Stripe thumbnail',
    limit: 200,
    all: ['thumbnail'],
    besides: source('Stripe'),
  },
};

/** `identifier`: one that is in a single old line. `phone`: part of an address of a person. */
export function logMixes(identifier: string): Record<string, Mix> {
  return {
    ...tuned,
    'a rare identifier': { query: identifier, limit: 150, isWhole: true, all: [identifier] },
    'an e-mail address': { query: '"@s.whatsapp.net"', limit: 150, isWhole: true, all: ['@s.whatsapp.net'] },
    ...heldOut,
  };
}
