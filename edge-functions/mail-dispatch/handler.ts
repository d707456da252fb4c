import type { Locale } from '../../supabase/contracts/constants/staff.ts';
import type { MailResponse } from '../../supabase/contracts/functions/mail-dispatch.ts';
import { forCron } from '../_shared/cron.ts';
import type { Handler } from '../_shared/http.ts';
import type { MailAttachment, MailOutcome, SendMail } from '../_shared/sendgrid.ts';
import type { MailData, MailTemplate } from './content.ts';
import { renderMail } from './render.ts';
import { type Threading, threading } from './threading.ts';
import { logError } from '../_shared/log.ts';

export interface ClaimedMail {
  id: string;
  template: string;
  locale: Locale;
  recipient: string;
  data: MailData;
}

export interface Dependencies {
  /** Takes due mails so that no other worker gets them. */
  claim(batch: number): Promise<ClaimedMail[]>;
  settle(id: string, outcome: MailOutcome): Promise<void>;
  /** Files that travel with a mail; fails while one cannot be read. */
  files(id: string): Promise<MailAttachment[]>;
  send: SendMail;
  templates: Record<string, MailTemplate>;
  /** Where mails come from, and where answers of support are answered; empty when nothing comes in. */
  from: string;
  supportReplyTo: string;
  cronSecret: string;
  now(): Date;
}

/** Mails that bring files. */
const withFiles: ReadonlySet<string> = new Set(['report', 'ticket_message']);
const batchSize = 20;
const budgetMs = 45_000;

/**
 * POST with `x-cron-secret` → sends what is due → 200 `{sent, failed, retry, uncertain}`.
 * Several may run at once: each mail is claimed by one. 401 on a wrong secret.
 */
export function createHandler({
  claim,
  settle,
  files,
  send,
  templates,
  from,
  supportReplyTo,
  cronSecret,
  now,
}: Dependencies): Handler {
  const thread = (data: MailData) => threading(data, from, supportReplyTo);
  return forCron<MailResponse>(cronSecret, async () => {
    const counts = { sent: 0, failed: 0, retry: 0, uncertain: 0 };
    const deadline = now().getTime() + budgetMs;
    let batch: ClaimedMail[];
    do {
      batch = await claim(batchSize);
      let before: Promise<void> = Promise.resolve();
      const inTurn = (mail: ClaimedMail, work: () => Promise<void>) =>
        // One at a time of those that may bring files: twenty times 15 MB is more than a function holds.
        withFiles.has(mail.template) ? (before = before.then(work)) : work();
      await Promise.all(
        batch.map((mail) =>
          inTurn(mail, async () => {
            const outcome = await deliver(mail, send, templates, thread, files);
            counts[outcome.outcome] += 1;
            // Left as “sending” it becomes uncertain, and is told of: never sent twice.
            await settle(mail.id, outcome).catch((error: unknown) =>
              logError(`mail "${mail.id}" (${outcome.outcome}) could not be settled`, error),
            );
          }),
        ),
      );
    } while (batch.length === batchSize && now().getTime() < deadline);
    return counts;
  });
}

async function deliver(
  { id, template: name, locale, recipient, data }: ClaimedMail,
  send: SendMail,
  templates: Dependencies['templates'],
  thread: (data: MailData) => Threading,
  files: Dependencies['files'],
): Promise<MailOutcome> {
  let content: ReturnType<typeof renderMail>;
  try {
    const template = Object.hasOwn(templates, name) ? templates[name] : undefined;
    if (!template) throw new Error('no such template');
    content = renderMail(template, locale, data);
  } catch (error) {
    return { outcome: 'failed', error: `Rendering "${name}" failed: ${error}` };
  }
  let attachments: MailAttachment[] = [];
  try {
    if (withFiles.has(name)) attachments = await files(id);
  } catch (error) {
    // Without its files it would say what it does not bring.
    return { outcome: 'retry', error: `Its files could not be read: ${error}`, retryAfterSeconds: null };
  }
  return send({ to: recipient, reference: id, ...content, ...thread(data), attachments });
}
