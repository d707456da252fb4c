import { z } from 'zod';
import { count } from '../scalars.ts';

/** What became of the events of one call; `ignored` are kinds that say nothing of a delivery. */
export const mailEventsResponse = z.strictObject({
  applied: count,
  duplicate: count,
  unknown: count,
  ignored: count,
  invalid: count,
});
export type MailEventsResponse = z.infer<typeof mailEventsResponse>;

export const mailEvents = {
  auth: 'mail provider',
  request: z.array(z.unknown()),
  response: mailEventsResponse,
  errors: ['invalid_signature', 'invalid_input', 'invalid_json', 'method_not_allowed', 'body_too_large'],
} as const;
