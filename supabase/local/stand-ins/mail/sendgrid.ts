import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Address, Attachment, MailStore, NewMessage, StoredMessage } from './store.ts';

/** SendGrid's documented limit for one request. */
const maximumBytes = 30 * 1024 * 1024;

export interface Failure {
  /** How many of the next requests to fail. */
  count: number;
  status: number;
  /** Seconds, sent as Retry-After and in SendGrid's own headers. */
  retryAfter?: number;
  /** Takes the message and fails all the same: an answer lost on its way. */
  accept?: boolean;
}

interface SendgridError {
  message: string;
  field: string | null;
  help: string | null;
}

type Json = Record<string, unknown>;

const oneError = (message: string, field: string | null = null): { errors: SendgridError[] } => ({
  errors: [{ message, field, help: null }],
});

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const isEmail = (value: unknown): value is string => typeof value === 'string' && /^[^\s@<>]+@[^\s@<>]+$/.test(value);

class Invalid extends Error {
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

function address(value: unknown, field: string): Address {
  if (!isObject(value) || !isEmail(value['email'])) throw new Invalid(field, 'Does not contain a valid address.');
  return { email: value['email'], ...(typeof value['name'] === 'string' ? { name: value['name'] } : {}) };
}

function addresses(value: unknown, field: string): Address[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Invalid(field, `The ${field} parameter should be an array.`);
  return value.map((item, index) => address(item, `${field}.${index}.email`));
}

function texts(value: unknown): Record<string, string> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)])) : {};
}

function attachment(value: unknown, index: number): Attachment {
  const field = `attachments.${index}`;
  if (!isObject(value)) throw new Invalid(field, 'The attachment must be an object.');
  const { content, filename, type } = value;
  if (typeof content !== 'string' || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(content))
    throw new Invalid(`${field}.content`, 'The attachment content must be base64 encoded.');
  if (typeof filename !== 'string' || filename === '')
    throw new Invalid(`${field}.filename`, 'The attachment filename is required.');
  const contentId = value['content_id'];
  return {
    filename,
    content,
    type: typeof type === 'string' ? type : 'application/octet-stream',
    ...(typeof contentId === 'string' ? { contentId } : {}),
  };
}

function bodies(value: unknown): { text?: string; html?: string } {
  if (!Array.isArray(value) || value.length === 0) {
    throw new Invalid(
      'content',
      'Unless a valid template_id is provided, the content parameter is required. There must be at least one ' +
        'defined content block.',
    );
  }
  const found: { text?: string; html?: string } = {};
  for (const [index, part] of value.entries()) {
    if (
      !isObject(part) ||
      typeof part['type'] !== 'string' ||
      typeof part['value'] !== 'string' ||
      part['value'] === ''
    )
      throw new Invalid(
        `content.${index}.value`,
        'The content value must be a string at least one character in length.',
      );
    if (part['type'] === 'text/plain') found.text = part['value'];
    if (part['type'] === 'text/html') found.html = part['value'];
  }
  return found;
}

/** One message per personalisation, as SendGrid sends them. */
export function parseMail(input: unknown): NewMessage[] {
  if (!isObject(input)) throw new Invalid('', 'Bad Request');
  const personalizations = input['personalizations'];
  if (!Array.isArray(personalizations) || personalizations.length === 0)
    throw new Invalid(
      'personalizations',
      'The personalizations field is required and must have at least one personalization.',
    );
  const shared = {
    from: address(input['from'], 'from.email'),
    ...(input['reply_to'] === undefined ? {} : { replyTo: address(input['reply_to'], 'reply_to.email') }),
    ...bodies(input['content']),
    attachments: (Array.isArray(input['attachments']) ? input['attachments'] : []).map(attachment),
    categories: Array.isArray(input['categories']) ? input['categories'].map(String) : [],
  };
  return personalizations.map((item: unknown, index) => {
    const field = `personalizations.${index}`;
    if (!isObject(item)) throw new Invalid(field, 'The personalization must be an object.');
    const to = addresses(item['to'], `${field}.to`);
    if (to.length === 0)
      throw new Invalid(
        `${field}.to`,
        'The to array is required for all personalization objects, and must have at least one email object with a' +
          ' valid email address.',
      );
    const subject = item['subject'] ?? input['subject'];
    if (typeof subject !== 'string' || subject === '')
      throw new Invalid(
        'subject',
        'The subject is required. You can get around this requirement if you use a template with a subject ' +
          'defined or if every personalization has a subject defined.',
      );
    return {
      ...shared,
      to,
      cc: addresses(item['cc'], `${field}.cc`),
      bcc: addresses(item['bcc'], `${field}.bcc`),
      subject,
      headers: { ...texts(input['headers']), ...texts(item['headers']) },
      customArgs: { ...texts(input['custom_args']), ...texts(item['custom_args']) },
    };
  });
}

/**
 * `POST /v3/mail/send` as SendGrid answers it. `apiKey` absent: any bearer token will do. `tell` hears of every message
 * that was taken, after the answer.
 */
export function sendgridApi(
  store: MailStore,
  failures: Failure[],
  apiKey?: string,
  tell: (message: StoredMessage) => void = () => undefined,
): Hono {
  const api = new Hono();
  api.use('/v3/*', async (context, next) => {
    const token = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1];
    if (!token || (apiKey !== undefined && token !== apiKey))
      return context.json(oneError('The provided authorization grant is invalid, expired, or revoked'), 401);
    return next();
  });
  api.post(
    '/v3/mail/send',
    bodyLimit({
      maxSize: maximumBytes,
      onError: (context) => context.json(oneError('Payload Too Large: the total message size must be under 30MB'), 413),
    }),
    async (context) => {
      const failure = failures[0];
      if (failure && (failure.count -= 1) <= 0) failures.shift();
      if (failure && !failure.accept) return failed(failure);
      try {
        const stored = parseMail(await context.req.json()).map((message) => store.add(message));
        stored.forEach(tell);
        if (failure) return failed(failure);
        return context.body(null, 202, { 'x-message-id': stored[0]?.id ?? '' });
      } catch (error) {
        if (error instanceof Invalid) return context.json(oneError(error.message, error.field || null), 400);
        if (error instanceof SyntaxError) return context.json(oneError('Bad Request'), 400);
        throw error;
      }
    },
  );
  return api;
}

function failed({ status, retryAfter }: Failure): Response {
  const headers = new Headers();
  if (retryAfter !== undefined) {
    headers.set('retry-after', String(retryAfter));
    headers.set('x-ratelimit-remaining', '0');
    headers.set('x-ratelimit-reset', String(Math.ceil(Date.now() / 1000) + retryAfter));
  }
  const message = status === 429 ? 'too many requests' : 'Internal Server Error';
  return Response.json(oneError(message), { status, headers });
}
