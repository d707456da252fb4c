import type { MailEventsResponse } from '../../supabase/contracts/functions/mail-events.ts';
import { ApiError, invalidInput, invalidJson, methodNotAllowed } from '../_shared/errors.ts';
import { type Handler, readText, withErrors } from '../_shared/http.ts';
import { type MailEvent, readEvent } from './events.ts';
import type { VerifyEvents } from './signature.ts';

export interface Dependencies {
  verify: VerifyEvents;
  /** How many of them were what; one that fails stops none. */
  apply(events: MailEvent[]): Promise<{ applied: number; duplicate: number; unknown: number; failed: number }>;
  now(): Date;
}

/** SendGrid posts at about 768 KB. */
const maxBytes = 4 * 1024 * 1024;
const batchSize = 500;
/**
 * SendGrid tries for 24 hours and does not say that it signs anew; a replay within them finds every event applied
 * already. What claims to come from the future is none of its.
 */
const maxAgeSeconds = 25 * 3600;
const maxAheadSeconds = 300;

const invalidSignature = () => new ApiError('invalid_signature', 'The signature does not prove the body');

/**
 * POST by the mail provider: a JSON array of events, its bytes and the timestamp proven by the
 * `x-twilio-email-event-webhook-…` headers → 200 `{applied, duplicate, unknown, ignored, invalid}`. One bad event stops
 * none. 400 invalid_signature, invalid_json or invalid_input (no array), 405, 413 over 4 MiB; 500 when the database
 * failed for some, so that all are sent again: those that were applied are duplicates then.
 */
export function createHandler({ verify, apply, now }: Dependencies): Handler {
  return withErrors(async (request) => {
    if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
    const body = await readText(request, maxBytes);
    const timestamp = request.headers.get('x-twilio-email-event-webhook-timestamp') ?? '';
    const signature = request.headers.get('x-twilio-email-event-webhook-signature') ?? '';
    const age = now().getTime() / 1000 - Number(timestamp);
    const isRecent = /^\d{1,12}$/.test(timestamp) && age <= maxAgeSeconds && age >= -maxAheadSeconds;
    if (!isRecent || !(await verify(timestamp, new TextEncoder().encode(body), signature))) throw invalidSignature();
    const counts = { applied: 0, duplicate: 0, unknown: 0, ignored: 0, invalid: 0 } satisfies MailEventsResponse;
    const events: MailEvent[] = [];
    for (const one of parse(body)) {
      const event = readEvent(one);
      if (typeof event === 'string') counts[event] += 1;
      else events.push(event);
    }
    let failed = 0;
    for (let start = 0; start < events.length; start += batchSize) {
      const done = await apply(events.slice(start, start + batchSize));
      counts.applied += done.applied;
      counts.duplicate += done.duplicate;
      counts.unknown += done.unknown;
      failed += done.failed;
    }
    if (failed > 0) throw new Error(`${failed} mail events could not be applied`);
    return Response.json(counts satisfies MailEventsResponse);
  });
}

function parse(body: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw invalidJson(error);
  }
  if (!Array.isArray(value)) throw invalidInput('An array of events is expected');
  return value;
}
