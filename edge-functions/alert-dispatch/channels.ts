export type Outcome = { outcome: 'sent' } | { outcome: 'retry' | 'failed'; error: string };

export interface Channel {
  name: 'telegram' | 'slack';
  send(text: string): Promise<Outcome>;
}

const timeoutMs = 10_000;

async function post(url: string, body: object, request: typeof fetch): Promise<Outcome> {
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = (await answer.text()).slice(0, 300);
    if (answer.ok) return { outcome: 'sent' };
    const isTemporary = answer.status === 429 || answer.status >= 500;
    return { outcome: isTemporary ? 'retry' : 'failed', error: `answered ${answer.status}: ${text}` };
  } catch (error) {
    // The address may hold a secret: only the kind of failure is told.
    return { outcome: 'retry', error: error instanceof Error ? error.name : 'network failure' };
  }
}

/**
 * Telegram's Bot API: plain text, so that nothing in it is read as markup.
 * Source: core.telegram.org/bots/api#sendmessage
 */
export function telegram(options: { apiBase: string; token: string; chatId: string; fetch?: typeof fetch }): Channel {
  const url = `${options.apiBase.replace(/\/$/, '')}/bot${options.token}/sendMessage`;
  return {
    name: 'telegram',
    send: (text) =>
      post(
        url,
        { chat_id: options.chatId, text: text.slice(0, 4096), link_preview_options: { is_disabled: true } },
        options.fetch ?? fetch,
      ),
  };
}

/**
 * A Slack incoming webhook. &, < and > are Slack's control characters.
 * Source: docs.slack.dev/messaging/formatting-message-text
 */
export function slack(options: { url: string; fetch?: typeof fetch }): Channel {
  const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return { name: 'slack', send: (text) => post(options.url, { text: escape(text) }, options.fetch ?? fetch) };
}
