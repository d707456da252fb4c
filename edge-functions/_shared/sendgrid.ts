import { toBase64 } from './base64.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Comes back in the provider's event feed. */
  reference: string;
  headers?: Record<string, string>;
  replyTo?: string | undefined;
  attachments?: MailAttachment[];
}

export interface MailAttachment {
  name: string;
  type: string;
  bytes: Uint8Array;
}

export type MailOutcome =
  | { outcome: 'sent'; messageId: string | null }
  | { outcome: 'failed' | 'uncertain'; error: string }
  | { outcome: 'retry'; error: string; retryAfterSeconds: number | null };

export type SendMail = (mail: Mail) => Promise<MailOutcome>;

/**
 * Sends by SendGrid's HTTP API and says how it ended. An answer that never came is `uncertain`:
 * the mail may be on its way, and sending it again might send it twice.
 */
export function createSendMail(options: {
  apiBase: string;
  apiKey: string;
  from: string;
  fetch?: typeof fetch;
  timeoutMs?: number;
}): SendMail {
  const post = options.fetch ?? fetch;
  return async ({ to, subject, text, html, reference, headers, replyTo, attachments = [] }) => {
    let response: Response;
    try {
      response = await post(`${options.apiBase.replace(/\/$/, '')}/v3/mail/send`, {
        method: 'POST',
        headers: { authorization: `Bearer ${options.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          personalizations: [{ to: [{ email: to }], custom_args: { reference } }],
          from: parseSender(options.from),
          ...(replyTo ? { reply_to: parseSender(replyTo) } : {}),
          subject,
          ...(headers ? { headers } : {}),
          content: [
            { type: 'text/plain', value: text },
            { type: 'text/html', value: html },
          ],
          ...(attachments.length > 0
            ? {
                attachments: attachments.map(({ name, type, bytes }) => ({
                  filename: name,
                  type,
                  content: toBase64(bytes),
                  disposition: 'attachment',
                })),
              }
            : {}),
        }),
        signal: AbortSignal.timeout(options.timeoutMs ?? 15_000),
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return wasNeverConnected(error)
        ? { outcome: 'retry', error: message, retryAfterSeconds: null }
        : { outcome: 'uncertain', error: message };
    }
    const body = (await response.text().catch(() => '')).slice(0, 300);
    if (response.ok) return { outcome: 'sent', messageId: response.headers.get('x-message-id') };
    const error = `SendGrid answered ${response.status}: ${body}`;
    // 401 and 403 are our key's fault, not the mail's: it is worth keeping until the key is mended.
    if (response.status === 429 || response.status >= 500 || response.status === 401 || response.status === 403) {
      return { outcome: 'retry', error, retryAfterSeconds: Number(response.headers.get('retry-after')) || null };
    }
    return { outcome: 'failed', error };
  };
}

function parseSender(from: string): { email: string; name?: string } {
  const named = from.match(/^\s*"?([^"<]*?)"?\s*<([^<>]+)>\s*$/);
  return named ? { email: named[2]!, name: named[1]! } : { email: from.trim() };
}

/** The bare address of a sender, in lower case. */
export const addressOf = (sender: string): string => parseSender(sender).email.toLowerCase();

/** Whether the failure came before a single byte could reach the provider. */
function wasNeverConnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const text = `${error} ${cause ?? ''} ${(cause as { code?: string } | undefined)?.code ?? ''}`;
  return /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|Connection refused|dns error|failed to lookup/i.test(text);
}
