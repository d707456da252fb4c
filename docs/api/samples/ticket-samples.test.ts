import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createHandler,
  type Polled,
  type Received,
  type TicketRequest,
} from '@whatautosys/edge-functions/client-ticket/handler';
import vectors from '../test-vectors.json' with { type: 'json' };

const { license_key: licenseKey } = vectors.license_file;
const hwid = 'PC-Céline';

/** What the service holds: messages by their keys, bytes by the ids of their files. */
let messages: Map<string, TicketRequest>;
let bytes: Map<string, Buffer>;
let pages: Polled[];
let asked: (number | null)[];
/** What the wire does to a request before or after it was served: nothing when it says null. */
let meddle: (request: Request, moment: 'before' | 'after') => Response | null;
let server: Server;
let url: string;
let folder: string;

const fileId = (key: string, name: string) => encodeURIComponent(`${key}-${name}`);
const origin = () => url.replace(/\/client-ticket$/, '');
const served = <T>(answer: T) => ({ allowed: true, retryAfterSeconds: 0, code: null, message: null, answer });
const refuse = (code: string, status: number, headers = {}) =>
  Response.json({ code, message: code, details: null }, { status, headers });

const handle = createHandler({
  async receive(caller, request) {
    expect(caller).toMatchObject({ licenseKey, hwid });
    const known = messages.get(request.idempotency_key);
    if (known) expect(request).toEqual(known);
    messages.set(request.idempotency_key, request);
    const uploads = request.attachments.map(({ name }) => ({ id: fileId(request.idempotency_key, name), name }));
    const answer: Received = {
      ticket_number: 1245,
      status: 'open',
      uploads: uploads.filter(({ id }) => !bytes.has(id)),
    };
    return served(answer);
  },
  async poll(caller, afterMs) {
    expect(caller).toMatchObject({ licenseKey, hwid });
    asked.push(afterMs);
    return served(pages[asked.length - 1] ?? { tickets: [], support_sessions: [], after: null, has_more: false });
  },
  admit: async () => ({ allowed: true, retryAfterSeconds: 0 }),
  uploadAddress: async (id) => ({ url: `${origin()}/files/${id}` }),
  downloadAddresses: async (files) => new Map(files.map(({ id }) => [id, `${origin()}/files/${id}`])),
});

async function serve(request: Request): Promise<Response> {
  const id = request.url.split('/files/')[1];
  if (id === undefined) return handle(request);
  if (request.method === 'PUT') bytes.set(id, Buffer.from(await request.arrayBuffer()));
  return new Response(request.method === 'PUT' ? '{}' : new Uint8Array(bytes.get(id)!));
}

beforeAll(async () => {
  server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const method = incoming.method!;
    const headers = incoming.headers as Record<string, string>;
    const body = method === 'GET' ? {} : { body: Buffer.concat(chunks) };
    const request = new Request(`http://127.0.0.1${incoming.url}`, { method, headers, ...body });
    const answer = meddle(request, 'before') ?? (await serve(request.clone() as Request));
    const told = meddle(request, 'after') ?? answer;
    outgoing.writeHead(told.status, Object.fromEntries(told.headers));
    outgoing.end(Buffer.from(await told.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/client-ticket`;
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ticket-client-'));
  [messages, bytes, pages, asked] = [new Map(), new Map(), [], []];
  meddle = () => null;
  return () => rmSync(folder, { recursive: true });
});
afterAll(() => void server.close());

const here = { node: true, python: spawnSync('python3', ['--version']).status === 0 };
type Language = keyof typeof here;
const node = join(import.meta.dirname, 'ticket-client.mjs');
// No byte code is left behind.
const python = ['-B', join(import.meta.dirname, 'ticket_client.py')];

async function spawned(program: string, args: string[]): Promise<Record<string, unknown>> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  const exit = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const answer = JSON.parse(output) as Record<string, unknown>;
  expect(exit).toBe('error' in answer ? 1 : 0);
  return answer;
}

/** As from the command line; Node's without the time a process takes. */
async function run(language: Language, command: string, ...rest: string[]): Promise<Record<string, unknown>> {
  const args = [command, url, join(folder, 'state.json'), licenseKey, hwid, ...rest];
  if (language === 'python') return spawned('python3', [...python, ...args]);
  const { main } = (await import(pathToFileURL(node).href)) as { main(args: string[]): Promise<never> };
  return main(args);
}

const image = () => {
  const path = join(folder, 'écran du 3 mars.png');
  writeFileSync(path, Buffer.from([0x89, 0x50, 0x00, 0xff]));
  return path;
};
const sent = [{ ticket_number: 1245, status: 'open' }];
const said = (id: string, author: 'customer' | 'support', body: string, attachments: object[] = []) => ({
  id,
  author,
  by_support: author === 'support',
  body,
  created_at: '2026-03-01T12:00:00Z',
  attachments: attachments as never[],
});
const page = (after: string, has_more: boolean, ...some: ReturnType<typeof said>[]): Polled => ({
  tickets: [{ ticket_number: 1245, subject: 'QR', status: 'waiting', messages: some }],
  support_sessions: [],
  after,
  has_more,
});

describe.each(Object.keys(here) as Language[])('%s', (language) => {
  describe.runIf(here[language])('writing', () => {
    it('sends the message, and the bytes of its files', async () => {
      expect(await run(language, 'write', 'Le QR Code expire.', image())).toEqual({ sent });
      const [message] = messages.values();
      expect(message).toMatchObject({
        message: 'Le QR Code expire.',
        attachments: [{ name: 'écran du 3 mars.png', size: 4 }],
      });
      expect([...bytes.values()]).toEqual([readFileSync(image())]);
    });

    it('sends what was answered to nobody again, with the same key, before what comes after', async () => {
      meddle = (_, moment) => (moment === 'after' ? refuse('unexpected_failure', 500) : null);
      expect(await run(language, 'write', 'un')).toMatchObject({ error: 'unexpected_failure' });
      meddle = () => null;
      expect(await run(language, 'write', 'deux')).toEqual({ sent: [...sent, ...sent] });
      expect([...messages.values()].map(({ message }) => message)).toEqual(['un', 'deux']);
    });

    it('uploads again only what is missing, and tells two files of one name apart', async () => {
      const [first, second] = [image(), join(mkdtempSync(join(folder, 'x')), 'écran du 3 mars.png')];
      writeFileSync(second, 'autre');
      let puts = 0;
      meddle = (request, moment) =>
        request.method === 'PUT' && moment === 'before' && (puts += 1) === 2 ? refuse('bad_gateway', 502) : null;
      expect(await run(language, 'write', 'Voici.', first, second)).toMatchObject({ error: 'bad_gateway' });
      expect(await run(language, 'poll')).toMatchObject({ sent });
      expect([puts, [...bytes.values()].map(String)]).toEqual([3, [readFileSync(first), 'autre'].map(String)]);
    });

    it('waits as long as it is told, and keeps the message', async () => {
      meddle = (_, moment) => (moment === 'before' ? refuse('too_many_requests', 429, { 'retry-after': '30' }) : null);
      expect(await run(language, 'write', 'un')).toMatchObject({ error: 'too_many_requests', retry_after: 30 });
      meddle = () => null;
      expect(await run(language, 'poll')).toMatchObject({ sent });
    });

    it('says what was refused, and goes on with the rest', async () => {
      meddle = (request, moment) =>
        request.method === 'POST' && moment === 'before' ? refuse('ticket_not_found', 404) : null;
      expect(await run(language, 'write', 'un')).toMatchObject({ sent: [{ error: 'ticket_not_found' }] });
      meddle = () => null;
      expect(await run(language, 'write', 'deux', join(folder, 'parti.png'))).toMatchObject({
        sent: [{ error: 'no_such_file' }],
      });
      expect(await run(language, 'write', 'trois')).toEqual({ sent });
    });

    it('sees without asking what is no key', async () => {
      const args = ['write', url, join(folder, 'state.json'), 'NONSENSE', hwid, 'un'];
      const answer =
        language === 'node' ? spawned(process.execPath, [node, ...args]) : spawned('python3', [...python, ...args]);
      expect(await answer).toEqual({ error: 'not_a_key' });
      expect(messages.size).toBe(0);
    });
  });

  describe.runIf(here[language])('polling', () => {
    const [first, second] = ['2026-03-01T12:09:51.734Z', '2026-03-01T12:10:00.000Z'];
    const file = { id: 'f-1', name: '../../guide.png', type: 'image/png', size: 3 };

    it('shows what support answered, page after page, and goes on where it was', async () => {
      pages = [
        page(first, true, said('m-1', 'customer', 'un'), said('m-2', 'support', '**Rescannez**')),
        page(second, false, said('m-3', 'support', 'Alors ?')),
      ];
      const answers = [
        { id: 'm-2', ticket_number: 1245, body: '**Rescannez**', files: [] },
        { id: 'm-3', ticket_number: 1245, body: 'Alors ?', files: [] },
      ];
      expect(await run(language, 'poll')).toEqual({ sent: [], answers });
      pages[2] = page(second, false);
      expect(await run(language, 'poll')).toEqual({ sent: [], answers: [] });
      expect(asked).toEqual([null, Date.parse(first), Date.parse(second)]);
    });

    it('saves the files of answers, wherever their names point', async () => {
      bytes.set('f-1', Buffer.from('PNG'));
      pages = [page(first, false, said('m-1', 'support', 'Voici.', [file]))];
      const { answers } = (await run(language, 'poll')) as { answers: [{ files: [{ name: string; path: string }] }] };
      const path = join(folder, 'files', 'm-1-0.png');
      expect(answers[0].files).toEqual([{ name: '../../guide.png', path }]);
      expect(readFileSync(path, 'utf8')).toBe('PNG');
    });

    it('reads again what it could not save', async () => {
      bytes.set('f-1', Buffer.from('PNG'));
      pages = Array(2).fill(page(first, false, said('m-1', 'support', 'Voici.', [file])));
      meddle = ({ url: at }) => (at.includes('/files/') ? refuse('expired', 400) : null);
      expect(await run(language, 'poll')).toMatchObject({ error: 'expired' });
      meddle = () => null;
      expect(await run(language, 'poll')).toMatchObject({ answers: [{ id: 'm-1', files: [{ name: file.name }] }] });
      expect(asked).toEqual([null, null]);
    });
  });
});
