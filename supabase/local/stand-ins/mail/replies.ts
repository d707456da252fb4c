import { randomUUID } from 'node:crypto';
import type { StoredMessage } from './store.ts';

/** Where SendGrid's Inbound Parse would post, its secret in the address. */
export interface InboundWebhook {
  url: string;
  fetch?: typeof fetch;
}

export const replyKinds = ['reply', 'out_of_office', 'bounce'] as const;

export interface Reply {
  kind: (typeof replyKinds)[number];
  text: string;
  /** Who writes; its recipient unless said. */
  from?: string;
  /** Whether the mail program repeats what is answered. */
  quote: boolean;
}

export function parseReply(input: unknown): Reply | undefined {
  const { kind, text, from, quote } = (input ?? {}) as Record<string, unknown>;
  const known = replyKinds.find((one) => one === kind);
  if (!known || typeof text !== 'string' || text.length > 1_000_000 || (known === 'reply' && !text.trim()))
    return undefined;
  const sender = typeof from === 'string' ? from.trim() : '';
  if (sender && !/^[^\s@<>]+@[^\s@<>]+$/.test(sender)) return undefined;
  return { kind: known, text, quote: quote !== false, ...(sender ? { from: sender } : {}) };
}

const word = (text: string) =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
const lines = (base64: string) => base64.replace(/.{76}/g, '$&\r\n');
const textPart = (text: string) =>
  'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
  `${lines(Buffer.from(text).toString('base64'))}\r\n`;

function repeated({ text, html, from, receivedAt }: StoredMessage, address: string): string {
  const isFrench = /<html lang="fr"/.test(html ?? '');
  const day = new Date(receivedAt).toLocaleString(isFrench ? 'fr-FR' : 'en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  const who = `${from.name ?? from.email} <${address}>`;
  const marked = (text ?? '')
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
  return `${isFrench ? `Le ${day}, ${who} a écrit :` : `On ${day}, ${who} wrote:`}\n\n${marked}`;
}

/** The mail that a mail program, a machine in its place, or a mail server would send back, byte by byte. */
export function writeReply(message: StoredMessage, { kind, text, from, quote }: Reply): { mail: string; from: string } {
  const [recipient = { email: 'nobody@local.test' }] = message.to;
  const address = message.replyTo?.email ?? message.from.email;
  const original = message.headers['Message-ID'] ?? `<${message.id}@local.test>`;
  const references = [message.headers['References'], original].filter(Boolean).join(' ');
  const sender = from ?? recipient.email;
  const head = (who: string, subject: string, more: string[]) =>
    [
      `From: ${who}`,
      `To: ${address}`,
      `Subject: ${word(subject)}`,
      `Date: ${new Date().toUTCString()}`,
      `Message-ID: <${randomUUID()}@${sender.split('@')[1]}>`,
      'MIME-Version: 1.0',
      ...more,
      '',
    ].join('\r\n');
  if (kind === 'bounce') {
    const parts = [
      textPart(text || `Your message to ${recipient.email} could not be delivered.`),
      `Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.local.test\r\n\r\n` +
        `Final-Recipient: rfc822; ${recipient.email}\r\nAction: failed\r\nStatus: 5.1.1\r\n` +
        'Diagnostic-Code: smtp; 550 5.1.1 The account does not exist\r\n',
      `Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: ${original}\r\nTo: ${recipient.email}\r\n` +
        `Subject: ${word(message.subject)}\r\n`,
    ];
    const type = 'Content-Type: multipart/report; report-type=delivery-status; boundary="report"';
    const body = `${parts.map((part) => `--report\r\n${part}\r\n`).join('')}--report--\r\n`;
    const who = `MAILER-DAEMON@${sender.split('@')[1]}`;
    const more = ['Return-Path: <>', 'Auto-Submitted: auto-replied', type];
    return { mail: `${head(who, 'Undelivered Mail Returned to Sender', more)}\r\n${body}`, from: '' };
  }
  const who = !from && recipient.name ? `${word(recipient.name)} <${sender}>` : sender;
  const bare = message.subject.replace(/^re\s?:\s*/i, '');
  const isAway = kind === 'out_of_office';
  const more = [
    `In-Reply-To: ${original}`,
    `References: ${references}`,
    ...(isAway ? ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All'] : []),
  ];
  const said = text || 'I am out of the office.';
  const whole = quote && !isAway ? `${said}\n\n${repeated(message, address)}` : said;
  return {
    mail: head(who, isAway ? `Automatic reply: ${bare}` : `Re: ${bare}`, more) + textPart(whole),
    from: sender,
  };
}

/** Posts a mail as Inbound Parse does that is set to hand mails over as they came. */
export async function postInbound(
  { url, fetch: post = fetch }: InboundWebhook,
  { mail, from }: { mail: string; from: string },
  to: string,
): Promise<{ status: number; body: string }> {
  const form = new FormData();
  const fields = {
    to,
    from,
    email: mail,
    envelope: JSON.stringify({ to: [to], from }),
    charsets: JSON.stringify({ to: 'UTF-8', from: 'UTF-8' }),
    SPF: 'pass',
    dkim: '{@local.test : pass}',
    sender_ip: '127.0.0.1',
  };
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const response = await post(url, { method: 'POST', body: form, signal: AbortSignal.timeout(60_000) });
  return { status: response.status, body: await response.text() };
}
