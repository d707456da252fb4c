import type { Email } from 'postal-mime';

export type MailKind = 'human' | 'auto_reply' | 'bounce' | 'list' | 'own';

export interface Bounce {
  /** Message-ID of what did not arrive, without its domain. */
  failed_id: string | null;
  recipient: string | null;
  /** As RFC 3463 numbers them: 5.1.1. */
  code: string | null;
}

const header = (mail: Email, name: string): string =>
  mail.headers
    .find(({ key }) => key === name)
    ?.value.trim()
    .toLowerCase() ?? '';
const has = (mail: Email, name: string) => mail.headers.some(({ key }) => key === name);

const autoHeaders = ['x-autoreply', 'x-autorespond', 'x-autoresponse', 'x-ms-exchange-inbox-rules-loop', 'x-loop'];
const vacation = new RegExp(
  '^(automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|réponse automatique|' +
    "absence du bureau|message d['’]absence)(?![\\p{L}\\d])",
  'iu',
);

function partOf(mail: Email, type: RegExp): string {
  const part = mail.attachments.find(({ mimeType }) => type.test(mimeType));
  if (!part) return '';
  return typeof part.content === 'string' ? part.content : new TextDecoder().decode(part.content);
}

/** What a delivery report says of the first address that failed; null for any other mail. */
export function readBounce(mail: Email): Bounce | null {
  const report = partOf(mail, /^message\/(global-)?delivery-status$/);
  const returned = partOf(mail, /^(message\/(global|rfc822)|text\/rfc822-headers|message\/rfc822-headers)/);
  const words = `${mail.text ?? ''}`.slice(0, 20_000);
  const failed_id = /^message-id:\s*<?([^@\s<>]{1,200})@/im.exec(returned || words)?.[1]?.toLowerCase() ?? null;
  if (report) {
    if (!/^action:\s*failed/im.test(report) && /^action:/im.test(report)) return null;
    const recipient =
      /^(?:final|original)-recipient:\s*[\w-]+\s*;\s*<?([^\s<>]{3,254})>?/im.exec(report)?.[1]?.toLowerCase() ?? null;
    const code = /^status:\s*([245]\.\d{1,3}\.\d{1,3})/im.exec(report)?.[1] ?? null;
    return { failed_id, recipient, code };
  }
  const sender = mail.from?.address?.toLowerCase() ?? '';
  if (!/^(mailer-daemon|postmaster)@/.test(sender)) return null;
  return {
    failed_id,
    recipient: /<([^\s<>@]{1,64}@[^\s<>]{1,189})>/.exec(words)?.[1]?.toLowerCase() ?? null,
    code: /\b([45]\.\d{1,3}\.\d{1,3})\b/.exec(words)?.[1] ?? null,
  };
}

/** Who speaks: a person, a machine in his place, the mail's own carriers, a list, or we ourselves. */
export function classify(mail: Email, ownAddresses: readonly string[]): { kind: MailKind; bounce: Bounce | null } {
  const sender = (mail.from?.address ?? '').toLowerCase();
  const unsigned = sender.replace(/\+[^@]*@/, '@');
  if (sender && ownAddresses.includes(unsigned)) return { kind: 'own', bounce: null };
  const bounce = readBounce(mail);
  if (bounce) return { kind: 'bounce', bounce };
  const submitted = header(mail, 'auto-submitted').split(/[\s;(]/)[0];
  const precedence = header(mail, 'precedence');
  const isAutomatic =
    (submitted !== '' && submitted !== 'no') ||
    ['bulk', 'junk', 'auto_reply'].includes(precedence) ||
    autoHeaders.some((name) => has(mail, name)) ||
    // Sent under no name so that nobody answers: as reports and automatic replies are.
    header(mail, 'return-path') === '<>' ||
    vacation.test(mail.subject ?? '');
  if (isAutomatic) return { kind: 'auto_reply', bounce: null };
  return { kind: has(mail, 'list-id') || precedence === 'list' ? 'list' : 'human', bounce: null };
}

/** Whether an automatic mail answers something, rather than beginning to talk by itself. */
export const isAnswer = (mail: Email): boolean =>
  header(mail, 'auto-submitted').startsWith('auto-replied') ||
  Boolean(mail.inReplyTo ?? mail.references) ||
  has(mail, 'x-autoreply') ||
  vacation.test(mail.subject ?? '');
