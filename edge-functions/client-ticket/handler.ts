import type { ErrorCode } from '../../supabase/contracts/error-codes.generated.ts';
import {
  clientTicketRequest,
  clientTicketsPoll,
  type ClientTicketResponse,
  type ClientTicketsResponse,
  sessionTicketRequest,
  sessionTicketsPoll,
} from '../../supabase/contracts/functions/client-ticket.ts';
import { sessionOf } from '../_shared/client-session.ts';
import { ApiError, invalidInput, methodNotAllowed, notFound, tooManyRequests } from '../_shared/errors.ts';
import { clientIp, type Handler, readJson, withErrors } from '../_shared/http.ts';

/** Who asks: a machine with its key, or staff logged in as its customer. */
export type Caller = { ip: string; licenseKey: string; hwid: string } | { ip: string; session: string };

export interface TicketRequest {
  subject: string | null;
  message: string;
  ticket_number: number | null;
  idempotency_key: string;
  attachments: { name: string; size: number }[];
}

export interface Admission {
  allowed: boolean;
  retryAfterSeconds: number;
}

/** The answer, or the code of a refusal. */
export interface Served<T> extends Admission {
  code: ErrorCode | null;
  message: string | null;
  answer: T | null;
}

export type Received = Omit<ClientTicketResponse, 'uploads'> & { uploads: { id: string; name: string }[] };

type Ticket = ClientTicketsResponse['tickets'][number];
type Message = Ticket['messages'][number];
type SentFile = Omit<Message['attachments'][number], 'url'> & { id: string };
/** A poll's answer whose files have no address yet. */
export type Polled = Omit<ClientTicketsResponse, 'tickets'> & {
  tickets: (Omit<Ticket, 'messages'> & {
    messages: (Omit<Message, 'attachments'> & { attachments: SentFile[] })[];
  })[];
};

export interface Dependencies {
  /** Each counts the request against its address and its licence and, if admitted, answers: one round trip. */
  receive(caller: Caller, request: TicketRequest): Promise<Served<Received>>;
  poll(caller: Caller, afterMs: number | null): Promise<Served<Polled>>;
  /** Counts a request that was malformed: those are limited as well. */
  admit(ip: string, isWrite: boolean): Promise<Admission>;
  /** Null when the bytes are there already. */
  uploadAddress(id: string): Promise<{ url: string } | null>;
  /** By their ids; without those whose bytes are gone. */
  downloadAddresses(files: readonly { id: string; name: string }[]): Promise<Map<string, string>>;
}

/** 100,000 characters, each written as two escapes of six bytes, and what goes beside them. */
const bodyLimit = 1_400_000;

/**
 * POST `{license_key, hwid, subject?, message, ticket_number?, idempotency_key, attachments?}` → 201
 * `{ticket_number, status, uploads}`. GET with `x-license-key`, `x-hwid` and `?after=` → `{tickets, after, has_more}`.
 * With a session of staff as bearer token it stands for key and machine, and what is written is in both names.
 * 400 malformed, 401 the session has ended, 404 no such licence or ticket, 405, 409 the key has sent another message,
 * 413, 429 with Retry-After.
 */
export function createHandler(dependencies: Dependencies): Handler {
  return withErrors(async (request) => {
    const url = new URL(request.url);
    if (!/\/client-ticket\/?$/.test(url.pathname)) throw notFound();
    if (request.method === 'POST') return receive(request, dependencies);
    if (request.method === 'GET') return poll(request, url, dependencies);
    throw methodNotAllowed(request.method, 'GET, POST');
  });
}

async function receive(request: Request, { receive: run, admit, uploadAddress }: Dependencies): Promise<Response> {
  const ip = clientIp(request);
  const { caller, input } = await readTicket(request, ip).catch(refuse(admit, ip, true));
  const { uploads, ...answer } = answerOf(
    await run(caller, {
      subject: input.subject ? kept(input.subject) : null,
      message: kept(input.message),
      ticket_number: input.ticket_number ?? null,
      idempotency_key: kept(input.idempotency_key),
      attachments: (input.attachments ?? []).map(({ name, size }) => ({ name: kept(name), size })),
    }),
  );
  const addressed = uploads.map(async ({ id, name }) => {
    // A file may arrive between the database's answer and this.
    const address = await uploadAddress(id);
    return address ? [{ name, url: address.url }] : [];
  });
  const body: ClientTicketResponse = { ...answer, uploads: (await Promise.all(addressed)).flat() };
  return Response.json(body, { status: 201, headers: { 'cache-control': 'no-store' } });
}

async function readTicket(request: Request, ip: string) {
  const session = sessionOf(request);
  if (session) return { caller: { ip, session }, input: await readJson(request, sessionTicketRequest, bodyLimit) };
  const input = await readJson(request, clientTicketRequest, bodyLimit);
  return { caller: { ip, licenseKey: input.license_key, hwid: input.hwid }, input };
}

async function poll(
  request: Request,
  url: URL,
  { poll: run, admit, downloadAddresses }: Dependencies,
): Promise<Response> {
  const ip = clientIp(request);
  const asked = readPoll(request, url, ip);
  if (!asked.success) {
    const { path, message } = asked.error.issues[0]!;
    return refuse(admit, ip, false)(invalidInput(`Invalid ${path.join('.')}: ${message}`));
  }
  const { caller, after } = asked.data;
  const answer = answerOf(await run(caller, after ? Date.parse(after) : null));
  const files = answer.tickets.flatMap(({ messages }) => messages.flatMap(({ attachments }) => attachments));
  const addresses = await downloadAddresses(files);
  const addressed = ({ id, ...file }: SentFile) => {
    const address = addresses.get(id);
    return address ? [{ ...file, url: address }] : [];
  };
  const tickets = answer.tickets.map((ticket) => ({
    ...ticket,
    messages: ticket.messages.map((said) => ({ ...said, attachments: said.attachments.flatMap(addressed) })),
  }));
  const body: ClientTicketsResponse = { ...answer, tickets };
  return Response.json(body, { headers: { 'cache-control': 'no-store' } });
}

function readPoll(request: Request, url: URL, ip: string) {
  const after = only(url.searchParams.getAll('after'));
  const session = sessionOf(request);
  const schema = session
    ? sessionTicketsPoll.transform((asked) => ({ caller: { ip, session } as Caller, after: asked.after }))
    : clientTicketsPoll.transform((asked) => ({
        caller: { ip, licenseKey: asked.license_key, hwid: asked.hwid } as Caller,
        after: asked.after,
      }));
  return schema.safeParse({
    license_key: headerText(request, 'x-license-key'),
    hwid: headerText(request, 'x-hwid'),
    after,
  });
}

function refuse(admit: Dependencies['admit'], ip: string, isWrite: boolean): (error: unknown) => Promise<never> {
  return async (error) => {
    const admission = await admit(ip, isWrite);
    throw admission.allowed ? error : tooManyRequests(admission.retryAfterSeconds);
  };
}

function answerOf<T>({ allowed, retryAfterSeconds, code, message, answer }: Served<T>): T {
  if (!allowed) throw tooManyRequests(retryAfterSeconds);
  if (code) throw new ApiError(code, message ?? code);
  return answer!;
}

/** What PostgreSQL can hold of a text: no NUL, no half of a character. */
const kept = (text: string) => text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd');

/** Headers come as bytes; what was sent as UTF-8 is read as that. */
function headerText(request: Request, name: string): string | null {
  const value = request.headers.get(name);
  if (value === null || !/[\u0080-\u00ff]/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(value, (character) => character.charCodeAt(0)),
    );
  } catch {
    return value;
  }
}

/** Null for none; what is repeated stays a list, which no schema takes for a text. */
const only = (values: string[]): string | string[] | null => (values.length > 1 ? values : (values[0] ?? null));
