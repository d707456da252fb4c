import { z } from 'zod';

/** An event in our words, as `private.apply_email_event` takes it. */
export interface MailEvent {
  event_id: string;
  email_id: string | null;
  message_id: string | null;
  delivery: 'accepted' | 'deferred' | 'delivered' | 'blocked' | 'dropped' | 'bounced' | 'complained';
  refuses: 'bounced' | 'complained' | null;
  reason: string | null;
  at: string;
}

/** PostgreSQL's text holds neither NUL nor half a surrogate pair. */
const clean = (text: string, max: number) =>
  text
    .replace(/[\0\p{Surrogate}]/gu, '')
    .slice(0, max)
    .replace(/\p{Surrogate}/gu, '');
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const text = z.string().optional().catch(undefined);

const providerEvent = z.object({
  event: z.string().max(100),
  sg_event_id: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  /** Seconds since 1970, to the end of the year 9999. */
  timestamp: z.number().nonnegative().max(253_402_300_799),
  sg_message_id: text,
  /** What mail-dispatch sent along. */
  reference: text,
  type: text,
  reason: text,
  response: text,
});

/** Kinds of the provider that say what became of a mail; the others (open, click, …) are nobody's business here. */
const deliveries: Record<string, MailEvent['delivery']> = {
  processed: 'accepted',
  deferred: 'deferred',
  delivered: 'delivered',
  bounce: 'bounced',
  dropped: 'dropped',
  spamreport: 'complained',
};

/** Why the provider itself no longer writes to an address. */
function dropReason(reason: string | undefined): MailEvent['refuses'] {
  if (/^(bounced address|invalid)/i.test(reason ?? '')) return 'bounced';
  return /^spam reporting address/i.test(reason ?? '') ? 'complained' : null;
}

/** One event of SendGrid; `ignored` for a kind that tells nothing of a delivery, `invalid` for what is no event. */
export function readEvent(input: unknown): MailEvent | 'ignored' | 'invalid' {
  const parsed = providerEvent.safeParse(input);
  if (!parsed.success) return 'invalid';
  const { event, sg_event_id, timestamp, sg_message_id, reference, type, reason, response } = parsed.data;
  const known = Object.hasOwn(deliveries, event) ? deliveries[event] : undefined;
  if (!known) return 'ignored';
  // A block is of the moment (a full mailbox, a filter): the address stays good.
  const delivery = known === 'bounced' && type === 'blocked' ? 'blocked' : known;
  const words = reason ?? (delivery === 'deferred' ? response : undefined);
  return {
    event_id: sg_event_id,
    email_id: reference && uuid.test(reference) ? reference : null,
    // The id that sending answered is the part before the first dot.
    message_id: clean(sg_message_id ?? '', 200).split('.')[0] || null,
    delivery,
    refuses:
      delivery === 'bounced' || delivery === 'complained' ? delivery : known === 'dropped' ? dropReason(reason) : null,
    reason: words ? clean(words, 500) : null,
    at: new Date(timestamp * 1000).toISOString(),
  };
}
