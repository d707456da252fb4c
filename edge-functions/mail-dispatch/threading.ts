import { addressOf } from '../_shared/sendgrid.ts';
import type { MailData } from './content.ts';

/** A header's line holds 998 characters; what is folded from a longer one some mail programs lose. */
const referencesAtMost = 900;

export interface Threading {
  headers: Record<string, string>;
  replyTo?: string;
}

/** The first, and as many of the last as fit: so that a long thread still hangs from its beginning. */
function references(ids: string[]): string {
  const [first, ...rest] = ids;
  if (!first) return '';
  const kept: string[] = [];
  let length = first.length;
  for (const id of rest.toReversed()) {
    length += id.length + 1;
    if (length > referencesAtMost) break;
    kept.unshift(id);
  }
  return [first, ...kept].join(' ');
}

/**
 * What makes answers find their ticket, and keeps machines from answering. What no person wrote says so; an answer of
 * support is a person's (`Auto-Submitted: no`), whoever is away may say that he is. The address comes first: a provider
 * may write another Message-ID over ours.
 */
export function threading(data: MailData, from: string, supportReplyTo: string): Threading {
  const { message_token, reply_token, references: ids = [] } = data;
  if (!message_token)
    return {
      headers: { 'Auto-Submitted': 'auto-generated', Precedence: 'bulk', 'X-Auto-Response-Suppress': 'All' },
    };
  const address = addressOf(supportReplyTo || from);
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const named = ids.map((id) => `<${id.includes('@') ? id : `${id}@${domain}`}>`).filter((id) => id.length <= 400);
  return {
    headers: {
      'Message-ID': `<${message_token}@${domain}>`,
      ...(named.length > 0 ? { 'In-Reply-To': named.at(-1)!, References: references(named) } : {}),
      'Auto-Submitted': 'no',
      Precedence: 'first-class',
    },
    ...(supportReplyTo && reply_token
      ? { replyTo: supportReplyTo.replace(address, `${address.slice(0, at)}+${reply_token}@${domain}`) }
      : {}),
  };
}
