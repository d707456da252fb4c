import { z } from 'zod';

export const stripeEvent = z.object({
  id: z.string().regex(/^evt_[A-Za-z0-9_]{1,250}$/),
  object: z.literal('event'),
  type: z.string().regex(/^[a-z0-9_.]{1,100}$/),
  created: z.int().nonnegative().max(253_402_300_799),
  livemode: z.boolean(),
  data: z.object({ object: z.record(z.string(), z.unknown()) }),
});
/** What Stripe sends to destinations that ask for thin events: the identifiers alone. */
export const thinEvent = z.object({
  id: z.string(),
  object: z.literal('v2.core.event'),
  type: z.string(),
  created: z.iso.datetime({ offset: true }),
  livemode: z.boolean(),
  related_object: z.object({ id: z.string(), type: z.string() }).nullish(),
  reason: z
    .object({ request: z.object({ id: z.string().nullish(), idempotency_key: z.string().nullish() }).nullish() })
    .nullish(),
});
export type ThinEvent = z.infer<typeof thinEvent>;
export type StripeEvent = z.infer<typeof stripeEvent>;

/** `fetch`: something is asked of Stripe first, after the answer. */
export const webhookResponse = z.strictObject({
  received: z.literal(true),
  status: z.enum(['processed', 'ignored', 'duplicate', 'failed', 'fetch']),
});
export type WebhookResponse = z.infer<typeof webhookResponse>;

export const stripeWebhook = {
  auth: 'stripe',
  request: stripeEvent,
  response: webhookResponse,
  errors: ['invalid_signature', 'invalid_event', 'invalid_json', 'method_not_allowed', 'body_too_large'],
} as const;
