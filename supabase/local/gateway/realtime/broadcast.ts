import { readBody } from '../body.ts';
import { writeAccess } from './authorization.ts';
import { identify, type Identity } from './identity.ts';
import { isObject } from './protocol.ts';
import { roomOf, type Broadcast } from './rooms.ts';
import type { Services } from './services.ts';

interface Message extends Broadcast {
  topic: string;
  isPrivate: boolean;
}

const one = /^\/realtime\/v1\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/;

/** Broadcasts without a socket. What a policy forbids is dropped and not told, as on hosted. */
export async function answerBroadcast(services: Services, request: Request, headers: string): Promise<Response> {
  const url = new URL(request.url);
  const identity = await identify(services.ctx, services.ctx.bearerOf(request.headers, url));
  const body = await readBody(request, services.limits.frameBytes);
  const messages = readMessages(url, request.headers.get('content-type') ?? '', body ?? new Uint8Array());
  if (!Array.isArray(messages)) return Response.json({ errors: messages }, { status: 422 });
  const tooLarge = messages.some(({ payload }) => payload.length > services.limits.payloadBytes);
  if (tooLarge) return Response.json({ errors: { payload: ['Payload size exceeded'] } }, { status: 422 });
  for (const message of messages) await send(services, identity, headers, message);
  return new Response(null, { status: 202 });
}

export const isBroadcastPath = (path: string) => path === '/realtime/v1/api/broadcast' || one.test(path);

async function send(
  { sql, rooms, ctx }: Services,
  identity: Identity,
  headers: string,
  { topic, isPrivate, ...message }: Message,
): Promise<void> {
  if (isPrivate) {
    const access = await writeAccess(sql, { identity, topic, headers }).catch((error: Error) => {
      ctx.log.warn('realtime: a policy check failed', { topic, error: String(error.cause ?? error) });
      return { broadcast: false };
    });
    if (!access.broadcast) return;
  }
  rooms.broadcast(roomOf(topic, isPrivate), message);
}

type Problems = Record<string, string[]>;

function readMessages(url: URL, contentType: string, body: Uint8Array): Message[] | Problems {
  const [, topic, event] = one.exec(url.pathname) ?? [];
  const isBytes = contentType.startsWith('application/octet-stream');
  if (topic !== undefined && event !== undefined) {
    const place = { topic: decode(topic), event: decode(event), isPrivate: url.searchParams.get('private') === 'true' };
    if (isBytes) return [{ ...place, payload: body }];
    const payload = parse(body);
    return isObject(payload) ? [{ ...place, payload: JSON.stringify(payload) }] : { payload: ['is invalid'] };
  }
  const sent = parse(body);
  if (!isObject(sent) || !Array.isArray(sent['messages']) || sent['messages'].length === 0)
    return { messages: ["can't be blank"] };
  const messages = sent['messages'].map(readMessage);
  return messages.every((message) => message !== undefined) ? messages : { messages: ['is invalid'] };
}

function readMessage(sent: unknown): Message | undefined {
  if (!isObject(sent)) return undefined;
  const { topic, event, payload, private: isPrivate } = sent;
  if (typeof topic !== 'string' || topic === '' || typeof event !== 'string' || event === '' || !isObject(payload))
    return undefined;
  return { topic, event, payload: JSON.stringify(payload), isPrivate: isPrivate === true || isPrivate === 'true' };
}

/** What is no escaped text stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
