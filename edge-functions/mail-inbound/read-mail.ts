import PostalMime, { addressParser, type Email } from 'postal-mime';
import { type Bounce, classify, isAnswer, type MailKind } from './classify.ts';
import { filesOf, invitationsOf, isWinmail, type MailFile } from './files.ts';
import type { InboundForm } from './form.ts';
import { htmlToText } from './html.ts';
import { splitQuoted } from './quotes.ts';
import { logError } from '../_shared/log.ts';

/** A mail as `private.receive_ticket_mail` takes it. */
export interface ReadMail {
  fingerprint: string;
  kind: MailKind | 'unreadable';
  is_answer: boolean;
  message_id: string | null;
  from_address: string;
  from_name: string;
  subject: string;
  raw_subject: string;
  to: string[];
  answers: string[];
  body: string;
  quoted: string | null;
  has_original: boolean;
  bounce: Bounce | null;
  /** In the order of `filesOf`. */
  files: { name: string; size: number }[];
  /** What is said on the ticket of how it came: `winmail`. */
  notices: string[];
}

/** A thousand levels or megabytes of headers are no mail somebody wrote. */
const limits = {
  maxNestingDepth: 50,
  maxHeadersSize: 256 * 1024,
  maxRfc822NestingDepth: 5,
  forceRfc822Attachments: true,
} as const;
const bodyAtMost = 100_000;
const quotedAtMost = 500_000;
const filesAtMost = 10;
const fileAtMost = 20 * 1024 * 1024;

async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What tells one mail from another: of files their bytes too, for a second photo is a second mail. */
const fingerprintOf = async (said: unknown, files: readonly MailFile[]): Promise<string> => {
  const hashed = await Promise.all(files.map(async ({ name, bytes }) => [name, await sha256(bytes)]));
  return sha256(new TextEncoder().encode(JSON.stringify([said, hashed])));
};

/** PostgreSQL's text holds neither NUL nor half a surrogate pair. */
export const clean = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '');
const cut = (text: string, length: number) => clean(clean(text).slice(0, length));

const messageIds = (header: string | undefined): string[] =>
  [...(header ?? '').slice(0, 64 * 1024).matchAll(/<?([^\s<>,]{1,250}@[^\s<>,]{1,250})>?/g)].map(([, id]) =>
    clean(id!),
  );

/** The subject without what programs and we put around it. */
export const bareSubject = (subject: string): string =>
  subject
    .replace(/\s+/g, ' ')
    .replace(/^(?:\s*(?:re|rép|ref|fwd?|tr|aw|wg)(?:\[\d{1,3}\])?\s?:\s*)+/i, '')
    .replace(/\s*\[#\d{1,15}\]/g, '')
    .trim();

const addresses = (list: Email['to']): string[] =>
  (list ?? []).flatMap((one) => one.group ?? [one]).map(({ address }) => (address ?? '').toLowerCase());

function envelopeOf(fields: Record<string, string>): { to: string[]; from: string } {
  try {
    const { to, from } = JSON.parse(fields['envelope'] ?? '{}') as { to?: unknown; from?: unknown };
    return {
      to: (Array.isArray(to) ? to : []).map(String),
      from: typeof from === 'string' ? from : '',
    };
  } catch {
    return { to: [], from: '' };
  }
}

/** A mail whose type no program knows is text all the same when it is nothing else. */
function nakedText(mail: Email): string | undefined {
  const [only] = mail.attachments;
  if (mail.attachments.length !== 1 || !only || only.filename || only.disposition || typeof only.content === 'string')
    return undefined;
  return /^(image|audio|video|application|message)\//.test(only.mimeType)
    ? undefined
    : new TextDecoder().decode(only.content);
}

function wordsOf(mail: Email): { text: string; isWhole: boolean } {
  if (mail.text?.trim()) return { text: mail.text, isWhole: true };
  if (mail.html) return htmlToText(mail.html);
  return { text: nakedText(mail) ?? '', isWhole: true };
}

/** What the provider has parsed itself, where it is not set to hand the mail over as it came. */
async function parseFields({ fields, charsets, files }: InboundForm): Promise<Email> {
  const mail = await PostalMime.parse(new TextEncoder().encode(`${fields['headers'] ?? ''}\n\n`), limits);
  const [sender] = addressParser(fields['from'] ?? '');
  return {
    ...mail,
    ...(mail.from || !sender ? {} : { from: sender }),
    ...(mail.subject || !fields['subject'] ? {} : { subject: fields['subject'] }),
    text: fields['text'],
    html: fields['html'],
    attachments: files.map(({ name, type, bytes }) => ({
      filename: name,
      mimeType: type || charsets[name] || 'application/octet-stream',
      disposition: 'attachment',
      content: bytes,
    })),
  };
}

/** Who sent a mail, by what is an address; empty when nothing is: nobody is written to there. */
const senderOf = (...given: (string | undefined)[]): string =>
  cut((given.find((address) => /^[^\s<>@,;]+@[^\s<>@,;]+$/.test(address ?? '')) ?? '').toLowerCase(), 254);

export async function unreadable(form: InboundForm): Promise<ReadMail> {
  const { fields, raw, files } = form;
  const envelope = envelopeOf(fields);
  const [sender] = addressParser(fields['from'] ?? '', { flatten: true });
  return {
    fingerprint: raw ? await sha256(raw) : await fingerprintOf(fields, files),
    kind: 'unreadable',
    is_answer: false,
    message_id: null,
    from_address: senderOf(sender?.address, envelope.from),
    from_name: cut(sender?.name ?? '', 200),
    subject: cut(bareSubject(fields['subject'] ?? ''), 255),
    raw_subject: '',
    to: envelope.to.map((address) => cut(address.toLowerCase(), 320)).slice(0, 50),
    answers: [],
    body: '',
    quoted: null,
    has_original: true,
    bounce: null,
    files: [],
    notices: [],
  };
}

/** Reads a mail; one that cannot be read is `unreadable`, never an error. */
export async function readMail(
  form: InboundForm,
  ownAddresses: readonly string[],
): Promise<{ mail: ReadMail; parsed: Email | null; files: MailFile[] }> {
  let parsed: Email;
  try {
    parsed = form.raw ? await PostalMime.parse(form.raw, limits) : await parseFields(form);
  } catch (error) {
    logError('a mail could not be read', error instanceof Error ? error.message : error);
    return { mail: await unreadable(form), parsed: null, files: [] };
  }
  // Bytes without one header are no mail: they are kept, not shown as a message that says nothing.
  if (!parsed.headers.some(({ key, value }) => /^[a-z0-9-]+$/.test(key) && value) && !parsed.from)
    return { mail: await unreadable(form), parsed: null, files: [] };
  const envelope = envelopeOf(form.fields);
  const { kind, bounce } = classify(parsed, ownAddresses);
  const { text, isWhole } = wordsOf(parsed);
  const { body: said, quoted } = splitQuoted(clean(text));
  const body = [said, ...invitationsOf(parsed)].filter(Boolean).join('\n\n');
  // A delivery report's parts say what its line says already.
  const files = kind === 'bounce' || (!parsed.text && nakedText(parsed) !== undefined) ? [] : filesOf(parsed);
  const sender = parsed.from?.address ? parsed.from : (parsed.from?.group?.[0] ?? parsed.from);
  const from_address = senderOf(sender?.address, envelope.from);
  const [message_id = null] = messageIds(parsed.messageId);
  const answered = [
    ...messageIds(parsed.inReplyTo),
    ...messageIds(parsed.references).toReversed(),
    ...(bounce?.failed_id ? [`${bounce.failed_id}@`] : []),
  ];
  const mail: ReadMail = {
    fingerprint: message_id
      ? await fingerprintOf([message_id, from_address, text], files)
      : form.raw
        ? await sha256(form.raw)
        : await fingerprintOf(form.fields, form.files),
    kind,
    is_answer: isAnswer(parsed),
    message_id,
    from_address,
    from_name: cut(sender?.name ?? '', 200),
    subject: cut(bareSubject(parsed.subject ?? ''), 255),
    raw_subject: cut(parsed.subject ?? '', 1000),
    to: [...new Set([...envelope.to, ...addresses(parsed.to), ...addresses(parsed.cc), parsed.deliveredTo ?? ''])]
      .map((address) => cut(address.toLowerCase(), 320))
      .filter(Boolean)
      .slice(0, 50),
    answers: [...new Set(answered)].slice(0, 100),
    body: cut(body, bodyAtMost),
    quoted: quoted === null ? null : cut(quoted, quotedAtMost),
    has_original:
      !isWhole ||
      // A mail that says nothing is looked at as it came.
      (!body.trim() && files.length === 0) ||
      body.length > bodyAtMost ||
      (quoted?.length ?? 0) > quotedAtMost ||
      files.length > filesAtMost ||
      files.some(({ bytes }) => bytes.length > fileAtMost),
    bounce,
    files: files.map(({ name, bytes }) => ({ name: cut(name, 500), size: bytes.length })),
    notices: files.some(isWinmail) ? ['winmail'] : [],
  };
  return { mail, parsed, files };
}
