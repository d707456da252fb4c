/**
 * What is known of a mail: what we did (queued, sent, failed, uncertain, suppressed because the address takes none),
 * then what the provider told since. `sent` is where it stays with a provider that tells nothing.
 */
export const emailStates = [
  'queued',
  'sent',
  'deferred',
  'delivered',
  'blocked',
  'dropped',
  'bounced',
  'complained',
  'failed',
  'uncertain',
  'suppressed',
] as const;
export type EmailState = (typeof emailStates)[number];
