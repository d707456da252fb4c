import {
  type StripeEvent,
  stripeEvent,
  type ThinEvent,
  thinEvent,
  type WebhookResponse,
} from '../../supabase/contracts/functions/stripe-webhook.ts';
import { isDataError } from '../_shared/database.ts';
import { ApiError, methodNotAllowed } from '../_shared/errors.ts';
import { type Handler, readText, withErrors } from '../_shared/http.ts';
import type { Stripe } from '../_shared/stripe.ts';
import { type Ledger, settle } from '../_shared/stripe-events.ts';

export interface Dependencies {
  stripe: Stripe;
  ledger: Ledger;
  /** The endpoint's signing secrets; two while one is being replaced. */
  secrets: string[];
  /** Lets work go on after the answer. */
  waitUntil(work: Promise<unknown>): void;
  now(): Date;
}

const maxBytes = 1024 * 1024;
const toleranceSeconds = 300;

const invalidEvent = (cause: unknown) => new ApiError('invalid_event', 'The body is not an event of Stripe', { cause });
const invalidSignature = (cause: unknown) =>
  new ApiError('invalid_signature', 'The signature does not prove the body', { cause });

/**
 * POST by Stripe: the raw body proven by `stripe-signature`, at most 5 minutes old → 200
 * `{received: true, status}`. The event is in the ledger by then; when something must be
 * fetched from Stripe first, that goes on after the answer. 400 invalid_signature or
 * invalid_event, 405, 413 over 1 MiB. A repeated event answers 200 and changes nothing.
 */
export function createHandler({ stripe, ledger, secrets, waitUntil, now }: Dependencies): Handler {
  return withErrors(async (request) => {
    if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
    const body = await readText(request, maxBytes);
    await prove(stripe, body, request.headers.get('stripe-signature') ?? '', secrets, now());
    const { event, text } = parseEvent(body);
    const answer = await ledger.receive(text, 'webhook').catch((error) => {
      throw isDataError(error) ? invalidEvent(error) : error;
    });
    if (answer.status === 'fetch') waitUntil(settle({ ledger, stripe, now }, answer, { id: event.id, text }));
    return Response.json({ received: true, status: answer.status } satisfies WebhookResponse);
  });
}

async function prove(stripe: Stripe, body: string, signature: string, secrets: string[], at: Date): Promise<void> {
  let cause: unknown;
  for (const secret of secrets) {
    try {
      // Whatever the body is, thin or whole: only its proof is asked for.
      await stripe.webhooks.signature!.verifyHeaderAsync(
        body,
        signature,
        secret,
        toleranceSeconds,
        undefined,
        at.getTime(),
      );
      return;
    } catch (error) {
      cause = error;
    }
  }
  throw invalidSignature(cause);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw invalidEvent(error);
  }
}

/** A thin event names its object and holds nothing of it: it becomes one of no version, whose object is fetched. */
function parseEvent(body: string): { event: StripeEvent; text: string } {
  const given = parseJson(body);
  const thin = thinEvent.safeParse(given);
  const parsed = stripeEvent.safeParse(thin.success ? thickened(thin.data) : given);
  if (!parsed.success) throw invalidEvent(parsed.error);
  return { event: parsed.data, text: thin.success ? JSON.stringify(thickened(thin.data)) : body };
}

const thickened = ({ id, type, created, livemode, related_object, reason }: ThinEvent) => ({
  id,
  object: 'event' as const,
  type: type.replace(/^v1\./, ''),
  created: Math.floor(Date.parse(created) / 1000),
  livemode,
  // Whose act it was.
  ...(reason?.request ? { request: reason.request } : {}),
  data: { object: related_object ? { id: related_object.id, object: related_object.type } : {} },
});
