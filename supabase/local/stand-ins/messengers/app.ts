import { Hono } from 'hono';
import { html } from 'hono/html';

export interface Message {
  channel: 'telegram' | 'slack';
  to: string;
  text: string;
  at: string;
}

export interface MessengersState {
  messages: Message[];
  /** Answers to give instead, one a request. */
  failures: Array<{ status: number; retryAfter?: number }>;
}

const kept = 500;

export function createMessengersApp(state: MessengersState): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const { hostname, origin } = new URL(context.req.url);
    if (hostname !== '127.0.0.1' && hostname !== 'localhost') return context.text('Forbidden', 403);
    // No page of another site may post here in somebody's browser.
    if ((context.req.header('origin') ?? origin) !== origin) return context.text('Forbidden', 403);
    await next();
  });
  const add = (message: Omit<Message, 'at'>) => {
    state.messages.push({ ...message, at: new Date().toISOString() });
    if (state.messages.length > kept) state.messages.shift();
  };

  // https://core.telegram.org/bots/api#sendmessage
  app.post('/:bot{bot[^/]+}/sendMessage', async (context) => {
    const failure = state.failures.shift();
    if (failure)
      return context.json(
        {
          ok: false,
          error_code: failure.status,
          description: 'Told to fail',
          parameters: failure.retryAfter ? { retry_after: failure.retryAfter } : undefined,
        },
        failure.status as 500,
      );
    const body = (await context.req.json().catch(() => ({}))) as { chat_id?: string | number; text?: string };
    if (body.chat_id === undefined)
      return context.json({ ok: false, error_code: 400, description: 'Bad Request: chat_id is empty' }, 400);
    if (!body.text?.trim())
      return context.json({ ok: false, error_code: 400, description: 'Bad Request: message text is empty' }, 400);
    if (body.text.length > 4096)
      return context.json({ ok: false, error_code: 400, description: 'Bad Request: message is too long' }, 400);
    add({ channel: 'telegram', to: String(body.chat_id), text: body.text });
    return context.json({
      ok: true,
      result: { message_id: state.messages.length, chat: { id: body.chat_id }, text: body.text },
    });
  });

  // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
  app.post('/services/:path{.+}', async (context) => {
    const failure = state.failures.shift();
    if (failure)
      return context.text(
        'told_to_fail',
        failure.status as 500,
        failure.retryAfter ? { 'retry-after': String(failure.retryAfter) } : {},
      );
    const body = (await context.req.json().catch(() => null)) as { text?: string } | null;
    if (!body) return context.text('invalid_payload', 400);
    if (!body.text?.trim()) return context.text('no_text', 400);
    add({ channel: 'slack', to: context.req.param('path'), text: body.text });
    return context.text('ok');
  });

  app.get('/api/messages', (context) => context.json(state.messages));
  app.post('/api/failures', async (context) => {
    const body = (await context.req.json().catch(() => null)) as {
      status?: number;
      retryAfter?: number;
      count?: number;
    } | null;
    if (!body || !Number.isInteger(body.status) || body.status! < 400 || body.status! > 599)
      return context.json({ message: 'status must be 400 to 599' }, 400);
    for (let count = Math.min(body.count ?? 1, 100); count > 0; count -= 1)
      state.failures.push({ status: body.status!, ...(body.retryAfter ? { retryAfter: body.retryAfter } : {}) });
    return context.json(state.failures);
  });
  app.get('/', (context) =>
    context.html(
      html`<!doctype html>
        <html lang="en">
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <meta http-equiv="refresh" content="5" />
          <title>Messengers</title>
          <style>
            body {
              font: 15px/1.5 system-ui;
              max-width: 44rem;
              margin: 2rem auto;
              padding: 0 1rem;
              color-scheme: light dark;
            }
            article {
              border: 1px solid #8884;
              border-radius: 8px;
              padding: 0.75rem 1rem;
              margin: 0.75rem 0;
            }
            pre {
              white-space: pre-wrap;
              margin: 0.25rem 0;
              font: inherit;
            }
            small {
              opacity: 0.7;
            }
          </style>
          <h1>Telegram and Slack</h1>
          <p>What the product sent to its messengers, newest first.</p>
          ${[...state.messages].reverse().map(
            (message) =>
              html`<article>
                <small>${message.channel} → ${message.to}, ${message.at}</small>
                <pre>${message.text}</pre>
              </article>`,
          )}
        </html>`,
    ),
  );
  return app;
}
