import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { type EventWebhook, MailEvents } from './events.ts';
import { type InboundWebhook, parseReply, postInbound, writeReply } from './replies.ts';
import { type Failure, sendgridApi } from './sendgrid.ts';
import type { MailStore, StoredMessage } from './store.ts';

const ui = (file: string) => readFileSync(new URL(`./ui/${file}`, import.meta.url), 'utf8');
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self' " +
  "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** A mail runs nothing and loads nothing from elsewhere; its links open in a new tab. */
const mailPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src " +
  "'unsafe-inline'; frame-ancestors 'self'";

const listed = ({ attachments, html, text, ...message }: StoredMessage) => ({
  ...message,
  preview: (text ?? html?.replace(/<style[\s\S]*?<\/style>|<[^>]*>/gi, ' ') ?? '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 140),
  attachmentCount: attachments.length,
});

const detailed = ({ attachments, ...message }: StoredMessage) => ({
  ...message,
  attachments: attachments.map(({ content, ...attachment }, index) => ({
    ...attachment,
    size: Buffer.from(content, 'base64').length,
    url: `/api/messages/${message.id}/attachments/${index}`,
  })),
});

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function asDocument(message: StoredMessage): string {
  const html =
    message.html ?? `<pre style="white-space:pre-wrap;font:14px/1.5 system-ui">${escapeHtml(message.text ?? '')}</pre>`;
  const withImages = message.attachments.reduce(
    (all, { contentId, type, content }) =>
      contentId ? all.replaceAll(`cid:${contentId}`, `data:${type};base64,${content.replace(/\s/g, '')}`) : all,
    html,
  );
  return `<!doctype html><base target="_blank">${withImages}`;
}

function parseFailure(input: unknown): Failure | undefined {
  const { count, status, retryAfter, accept } = (input ?? {}) as Partial<Failure>;
  const isCount = Number.isInteger(count) && (count ?? 0) >= 1;
  const isStatus = Number.isInteger(status) && (status ?? 0) >= 400 && (status ?? 0) <= 599;
  if (!isCount || !isStatus) return undefined;
  return {
    count: count as number,
    status: status as number,
    ...(typeof retryAfter === 'number' ? { retryAfter } : {}),
    ...(accept === true ? { accept } : {}),
  };
}

export interface MailAppOptions {
  store: MailStore;
  /** Set on events streams so that a stopping server does not wait for them. */
  signal: AbortSignal;
  apiKey?: string | undefined;
  /** Who is told what became of each mail. */
  events?: EventWebhook | undefined;
  /** Who takes what is answered to a mail. */
  inbound?: InboundWebhook | undefined;
}

export function createMailApp({ store, signal, apiKey, events, inbound }: MailAppOptions): Hono {
  const failures: Failure[] = [];
  const app = new Hono();
  // Recovery links lie here: a page of another site must not read them through a name that resolves to loopback.
  app.use(async (context, next) => {
    const { hostname } = new URL(context.req.url);
    if (hostname !== '127.0.0.1' && hostname !== 'localhost') return context.text('Forbidden', 403);
    await next();
    context.header('x-content-type-options', 'nosniff');
    context.header('referrer-policy', 'no-referrer');
  });
  const told = events && new MailEvents(events, signal);
  app.route(
    '/',
    sendgridApi(store, failures, apiKey, (message) => void told?.tell(message)),
  );

  app.get('/', (context) => context.html(ui('index.html'), 200, { 'content-security-policy': pagePolicy }));
  app.get('/app.js', (context) =>
    context.body(ui('app.js'), 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  app.get('/style.css', (context) => context.body(ui('style.css'), 200, { 'content-type': 'text/css; charset=utf-8' }));

  app.get('/api/inbound', (context) => context.json({ answers: inbound !== undefined }));
  app.get('/api/messages', (context) => context.json(store.list(context.req.query('to')).map(listed)));
  app.delete('/api/messages', (context) => {
    store.clear();
    return context.body(null, 204);
  });
  app.get('/api/messages/:id', (context) => {
    const message = store.find(context.req.param('id'));
    return message ? context.json(detailed(message)) : context.json({ message: 'No such message' }, 404);
  });
  app.post('/api/messages/:id/reply', async (context) => {
    const message = store.find(context.req.param('id'));
    if (!message) return context.json({ message: 'No such message' }, 404);
    if (!inbound) return context.json({ message: 'Nothing here takes mails' }, 501);
    const reply = context.req.header('content-type')?.startsWith('application/json')
      ? parseReply(await context.req.json().catch(() => undefined))
      : undefined;
    if (!reply)
      return context.json(
        { message: 'Send {"kind": "reply"|"out_of_office"|"bounce", "text", "from"?: address, "quote"?} as JSON' },
        400,
      );
    const to = message.replyTo?.email ?? message.from.email;
    const taken = await postInbound(inbound, writeReply(message, reply), to).catch((error: unknown) => ({
      status: 502,
      body: String(error),
    }));
    return context.json(taken, taken.status === 200 ? 200 : 502);
  });
  app.get('/api/messages/:id/html', (context) => {
    const message = store.find(context.req.param('id'));
    return message
      ? context.html(asDocument(message), 200, { 'content-security-policy': mailPolicy })
      : context.text('No such message', 404);
  });
  app.get('/api/messages/:id/attachments/:index', (context) => {
    const attachment = store.find(context.req.param('id'))?.attachments[Number(context.req.param('index'))];
    if (!attachment) return context.text('No such attachment', 404);
    return context.body(new Uint8Array(Buffer.from(attachment.content, 'base64')), 200, {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(attachment.filename)}`,
    });
  });
  app.get('/api/events', (context) =>
    streamSSE(context, async (stream) => {
      let wake = () => {};
      const onChange = () => wake();
      const stopped = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        stream.onAbort(resolve);
      });
      store.changes.on('change', onChange);
      try {
        await stream.writeSSE({ event: 'change', data: '' });
        while (!stream.aborted && !signal.aborted) {
          await Promise.race([new Promise<void>((resolve) => (wake = resolve)), stopped]);
          if (!stream.aborted && !signal.aborted) await stream.writeSSE({ event: 'change', data: '' });
        }
      } finally {
        store.changes.off('change', onChange);
      }
    }),
  );

  app.get('/api/failures', (context) => context.json(failures));
  app.post('/api/failures', async (context) => {
    const failure = context.req.header('content-type')?.startsWith('application/json')
      ? parseFailure(await context.req.json())
      : undefined;
    if (!failure)
      return context.json(
        { message: 'Send {"count": 1.., "status": 400..599, "retryAfter"?: seconds, "accept"?: true} as JSON' },
        400,
      );
    failures.push(failure);
    return context.json(failures, 201);
  });
  app.delete('/api/failures', (context) => {
    failures.length = 0;
    return context.body(null, 204);
  });
  return app;
}
