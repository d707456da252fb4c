export type Outcome =
  | { outcome: 'sent' }
  | { outcome: 'failed'; error: string }
  /** `retryAfterSeconds`: what the messenger asked us to wait, if it did. */
  | { outcome: 'retry'; error: string; retryAfterSeconds?: number };

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
    const text = await answer.text();
    if (answer.ok) return { outcome: 'sent' };
    const error = `answered ${answer.status}: ${cut(text, 300)}`;
    if (answer.status !== 429 && answer.status < 500) return { outcome: 'failed', error };
    const wait = waitOf(answer, text);
    return { outcome: 'retry', error, ...(wait ? { retryAfterSeconds: wait } : {}) };
  } catch (error) {
    // The address may hold a secret: only the kind of failure is told.
    return { outcome: 'retry', error: error instanceof Error ? error.name : 'network failure' };
  }
}

/** Seconds a messenger asks for: a header, or Telegram's `parameters.retry_after`. */
function waitOf(answer: Response, text: string): number | undefined {
  const header = Number(answer.headers.get('retry-after'));
  if (header > 0) return Math.ceil(header);
  try {
    const { parameters } = JSON.parse(text) as { parameters?: { retry_after?: unknown } };
    const seconds = Number(parameters?.retry_after);
    return seconds > 0 ? Math.ceil(seconds) : undefined;
  } catch {
    return undefined;
  }
}

const characters = new Intl.Segmenter();

/** The text within so many UTF-16 units, never ending inside a character; what is cut ends in an ellipsis. */
export function cut(text: string, units: number): string {
  if (text.length <= units) return text;
  let kept = '';
  for (const { segment } of characters.segment(text)) {
    if (kept.length + segment.length > units - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** What one message may hold: Telegram refuses a longer one, Slack cuts it. */
const telegramUnits = 4096;
const slackUnits = 12_000;

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
        { chat_id: options.chatId, text: cut(text, telegramUnits), link_preview_options: { is_disabled: true } },
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
  return {
    name: 'slack',
    send: (text) => post(options.url, { text: escape(cut(text, slackUnits)) }, options.fetch ?? fetch),
  };
}
