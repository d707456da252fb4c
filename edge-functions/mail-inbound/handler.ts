import type { MailInboundResponse, MailRetryResponse } from '../../supabase/contracts/functions/mail-inbound.ts';
import { forCron } from '../_shared/cron.ts';
import { invalidInput, methodNotAllowed, unauthorized } from '../_shared/errors.ts';
import { type Handler, readBytes, secretsEqual, withErrors } from '../_shared/http.ts';
import type { MailFile } from './files.ts';
import { type InboundForm, readForm } from './form.ts';
import { type ReadMail, readMail, unreadable } from './read-mail.ts';
import { logError } from '../_shared/log.ts';

export interface Filed {
  outcome: MailInboundResponse['outcome'];
  ticket_number?: number | null;
  message_id?: string | null;
  /** Files to be stored, by their place among those of the mail. */
  files?: { id: string; index: number }[];
}

export interface Dependencies {
  /** In one transaction; `raw` is kept when the mail says so. */
  receive(mail: ReadMail, raw: Uint8Array, files: readonly MailFile[]): Promise<Filed>;
  /** Takes mails that somebody asked to read again. */
  claimRetries(): Promise<{ id: string; raw: Uint8Array }[]>;
  settleRetry(id: string, mail: ReadMail, files: readonly MailFile[]): Promise<void>;
  /** Two while one is being replaced: what is refused is never sent again. */
  secrets: readonly string[];
  cronSecret: string;
  /** Addresses of ours, without what stands behind a plus: what comes from them is dropped. */
  ownAddresses: readonly string[];
}

/** SendGrid takes mails of 30 MB; the form around one adds its own words about it. */
const maxBytes = 32 * 1024 * 1024;

/** The secret as Basic authentication's password, or as `?secret=`: that is what a webhook's address can carry. */
export function givenSecret(request: Request): string {
  const basic = /^Basic\s+([A-Za-z0-9+/=]{1,1000})$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (basic) {
    try {
      return atob(basic).split(':').slice(1).join(':');
    } catch {
      return '';
    }
  }
  return new URL(request.url).searchParams.get('secret') ?? '';
}

/** Whether the database refused what it was given, rather than being out of reach: it would refuse it for ever. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(22|23|54|P0)/.test(String(error.code));

/**
 * POST by the mail provider's Inbound Parse: `multipart/form-data` with the mail as it came in `email`, or parsed
 * into fields → 200 `{outcome, ticket_number}`. 401 on a wrong secret, 400 for a form that holds no mail,
 * 413 over 32 MiB, 500 when the database could not take it, so that it comes again. A mail that cannot be read is a
 * ticket. POST with `x-cron-secret` reads again what staff asked for → 200 `{read, unreadable}`.
 */
export function createHandler(dependencies: Dependencies): Handler {
  const { receive, secrets, cronSecret, ownAddresses } = dependencies;
  const retry = forCron<MailRetryResponse>(cronSecret, () => readAgain(dependencies));
  return withErrors(async (request) => {
    if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
    if (request.headers.has('x-cron-secret')) return retry(request);
    const given = givenSecret(request);
    const isKnown = await Promise.all(secrets.map((secret) => secretsEqual(given, secret)));
    if (!isKnown.includes(true)) throw unauthorized('The secret of the webhook is required');
    const body = await readBytes(request, maxBytes);
    if (body.length === 0) throw invalidInput('The form holds no mail');
    const form = openForm(body, request.headers.get('content-type') ?? '');
    const raw = form?.raw ?? body;
    // A 4xx is never sent again: what is no form is kept as it came, like any mail that cannot be read.
    const asItCame: InboundForm = { fields: {}, files: [], charsets: {}, ...form, raw };
    const { mail, files } = form ? await readMail(form, ownAddresses) : { mail: await unreadable(asItCame), files: [] };
    let filed: Filed;
    try {
      filed = await receive(mail, raw, files);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      logError('a mail was refused by the database and is kept as it came', error);
      filed = await receive(await unreadable(asItCame), raw, []);
    }
    return Response.json({
      outcome: filed.outcome,
      ticket_number: filed.ticket_number ?? null,
    } satisfies MailInboundResponse);
  });
}

/** Null for what is no form; a form without a mail is refused. */
function openForm(body: Uint8Array, contentType: string): InboundForm | null {
  let form: InboundForm;
  try {
    form = readForm(body, contentType);
  } catch (error) {
    logError('an inbound form could not be read', error);
    return null;
  }
  const { raw, fields } = form;
  if (!raw && !fields['headers'] && !fields['from']) throw invalidInput('The form holds no mail');
  return form;
}

async function readAgain({ claimRetries, settleRetry, ownAddresses }: Dependencies): Promise<MailRetryResponse> {
  const counts = { read: 0, unreadable: 0 };
  for (const { id, raw } of await claimRetries()) {
    const { mail, files } = await readMail({ fields: {}, raw, files: [], charsets: {} }, ownAddresses);
    await settleRetry(id, mail, files);
    counts[mail.kind === 'unreadable' ? 'unreadable' : 'read'] += 1;
  }
  return counts;
}
