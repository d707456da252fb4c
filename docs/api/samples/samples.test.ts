import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLicenseSigner } from '@whatautosys/edge-functions/_shared/license-signer';
import { type CheckResult, createHandler } from '@whatautosys/edge-functions/license-check/handler';
import { createHandler as createSession } from '@whatautosys/edge-functions/client-session/handler';
import { createLicenseFile } from '@whatautosys/edge-functions/license-file/license-file';
import vectors from '../test-vectors.json' with { type: 'json' };

const { license_key: licenseKey, hwid } = vectors.license_file;
const found = JSON.parse(vectors.check.response.body) as { license: CheckResult['license'] };
const answers: CheckResult = {
  allowed: true,
  retryAfterSeconds: 0,
  code: 'VALID',
  license: found.license,
  nextCheckInSeconds: 3600,
};

const sessionToken = `wao_${'a'.repeat(64)}`;
const opened = {
  session: `was_${'b'.repeat(64)}`,
  expires_at: '2026-03-01T12:30:00Z',
  banner: { customer: 'Agathe Garcia', staff: 'Camille Roy', reason: 'x', ends_at: '2026-03-01T12:30:00Z' },
};

let result: CheckResult;
/** What a wire or a forger does to the answer. */
let meddle: (response: Response, body: string) => { headers?: Record<string, string>; body?: string };
let server: Server;
let url: string;
const folder = mkdtempSync(join(tmpdir(), 'license-client-'));
const [keysPath, filePath] = [join(folder, 'keys.json'), join(folder, 'license.key')];

beforeAll(async () => {
  writeFileSync(keysPath, JSON.stringify({ keys: vectors.keys }));
  const handle = createHandler({
    check: async () => result,
    checkSession: async (_, session) => ({
      ...result,
      code: session === opened.session ? result.code : 'SESSION_ENDED',
    }),
    admit: async () => ({ allowed: true, retryAfterSeconds: 0 }),
    signer: await createLicenseSigner(JSON.stringify(vectors.signing_key)),
    now: () => new Date(),
  });
  const redeem = createSession({
    async redeem({ token, hwid: machine }) {
      const served = { allowed: true, retryAfterSeconds: 0, message: null };
      return token === sessionToken && machine === hwid
        ? { ...served, code: null, answer: opened }
        : { ...served, code: 'session_refused', answer: null };
    },
    admit: async () => ({ allowed: true, retryAfterSeconds: 0 }),
  });
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = new Request(`http://127.0.0.1${request.url}`, {
      method: request.method!,
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks),
    });
    const answer = await (request.url === '/client-session' ? redeem : handle)(asked);
    const body = await answer.text();
    const changed = meddle(answer, body);
    response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), ...changed.headers });
    response.end(changed.body ?? body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/license-check`;
});
beforeEach(() => {
  result = answers;
  meddle = () => ({});
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const hasPython = (...args: string[]) => spawnSync('python3', args).status === 0;
const here = { node: true, python: hasPython('--version') };
const canOpen = { node: true, python: hasPython('-c', 'import cryptography') };
type Language = keyof typeof here;

const node = join(import.meta.dirname, 'license-client.mjs');
// No byte code is left behind.
const python = ['-B', join(import.meta.dirname, 'license_client.py')];

async function spawned(program: string, args: string[]): Promise<Record<string, unknown>> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const exit = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const answer = JSON.parse(output) as Record<string, unknown>;
  expect(exit).toBe(answer['valid'] ? 0 : 1);
  return answer;
}

/** As from the command line; Node's without the time a process takes. */
async function run(language: Language, ...args: string[]): Promise<Record<string, unknown>> {
  if (language === 'python') return spawned('python3', [...python, ...args]);
  const { main } = (await import(pathToFileURL(node).href)) as { main(args: string[]): Promise<never> };
  return main(args);
}

/** Of a key pair of nobody's. */
const otherKey = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
const wide = (text: string) => Buffer.from(text, 'utf16le');
const savings = [
  function withMark(text: string) {
    return Buffer.from(`\ufeff${text}`);
  },
  function asUtf16(text: string) {
    return wide(`\ufeff${text}`);
  },
  function asUtf16BigEndian(text: string) {
    return wide(`\ufeff${text}`).swap16();
  },
];

describe.each(Object.keys(here) as Language[])('%s', (language) => {
  const check = (key: string = licenseKey) => run(language, 'check', url, keysPath, key, hwid);

  describe.runIf(here[language])('asking', () => {
    it('believes an answer that is signed and his', async () => {
      expect(await check()).toMatchObject({ code: 'VALID', valid: true, license: { plan: 'premium' } });
    });

    it('takes the key however it is typed, and sees without asking what is none', async () => {
      const { wrong } = vectors.license_keys;
      // Every spelling would be a process and a signature each; what becomes of them is told below.
      const same = vectors.license_keys.same.slice(-1);
      const [right, refused] = await Promise.all([Promise.all(same.map(check)), Promise.all(wrong.map(check))]);
      expect(right.map(({ valid }) => valid)).toEqual(same.map(() => true));
      expect(refused.map(({ error }) => error)).toEqual(wrong.map(() => 'not_a_key'));
    });

    it('obeys a signed refusal', async () => {
      result = { ...answers, code: 'REVOKED' };
      expect(await check()).toMatchObject({ valid: false, code: 'REVOKED' });
    });

    it('redeems the address of our staff, and checks in the name of the customer', async () => {
      const enter = (address: string) => run(language, 'session', url, keysPath, address, hwid);
      expect(await enter(`whatautosys://session#${sessionToken}`)).toMatchObject({
        valid: true,
        banner: { customer: 'Agathe Garcia', staff: 'Camille Roy' },
      });
      expect(await enter(`whatautosys://session/#wao_${'c'.repeat(64)}`)).toMatchObject({ error: 'session_refused' });
    });

    it.each<[string, typeof meddle]>([
      ['altered by a byte', (_, body) => ({ body: body.replace('premium', 'Premium') })],
      ['written anew, to the same effect', (_, body) => ({ body: JSON.stringify(JSON.parse(body), null, 1) })],
      ['signed by nobody', () => ({ headers: { 'x-signature': '' } })],
      ['signed by a key he does not know', () => ({ headers: { 'x-key-id': 'another' } })],
      ['that is somebody else’s', () => vectors.check.response],
    ])('does not believe an answer %s', async (_, how) => {
      meddle = how;
      expect(await check()).toMatchObject({ valid: false, error: 'not_proven' });
    });

    it('waits as long as it is told', async () => {
      result = { ...answers, allowed: false, retryAfterSeconds: 30 };
      expect(await check()).toMatchObject({ error: 'too_many_requests', retry_after: 30 });
    });

    it('says when the service cannot be reached', async () => {
      expect(await run(language, 'check', 'http://127.0.0.1:1/', keysPath, licenseKey, hwid)).toMatchObject({
        error: 'unreachable',
      });
    });
  });

  describe.runIf(here[language])('the file', () => {
    const file = (text: string | Buffer, at: string, machine = hwid) => {
      writeFileSync(filePath, text);
      return run(language, 'file', filePath, keysPath, licenseKey, machine, at);
    };
    const { at, text } = vectors.license_file;

    it('does not believe one that was altered', async () => {
      const [begin, line, ...rest] = text.split('\n');
      const altered = [begin, line!.replace(/.$/, line!.endsWith('A') ? 'B' : 'A'), ...rest].join('\n');
      expect(await file(altered, at)).toMatchObject({ valid: false, error: 'not_proven' });
    });

    it.each([
      ['nothing', ''],
      ['an empty envelope', '-----BEGIN LICENSE FILE-----\nbnVsbA==\n-----END LICENSE FILE-----'],
    ])('says of %s that it is no licence file', async (_, other) => {
      expect(await file(other, at)).toMatchObject({ error: 'not_proven', reason: 'not_a_license_file' });
    });

    it('says that the signature is wrong', async () => {
      writeFileSync(keysPath, JSON.stringify({ keys: [{ ...vectors.keys[0], x: otherKey }] }));
      expect(await file(text, at)).toMatchObject({ error: 'not_proven', reason: 'wrong_signature' });
      writeFileSync(keysPath, JSON.stringify({ keys: vectors.keys }));
    });

    it.runIf(canOpen[language])('opens it with key and machine, while it is in force', async () => {
      expect(await file(text, at)).toMatchObject({ valid: true, license: { plan: 'premium' } });
      for (const [when, machine, reason] of [
        ['2026-03-31T12:00:01Z', hwid, 'expired'],
        ['2025-01-01T00:00:00Z', hwid, 'clock_behind'],
        [at, 'ANOTHER-MACHINE', 'other_machine'],
      ] as const)
        expect(await file(text, when, machine), when).toMatchObject({ error: 'not_proven', reason });
    });

    it.runIf(canOpen[language])(
      'opens it however it and the keys were saved, and the identifier was read',
      async () => {
        const crlf = text.replaceAll('\n', '\r\n');
        const keys = JSON.stringify({ keys: vectors.keys });
        for (const save of savings) {
          writeFileSync(keysPath, save(keys));
          expect(await file(save(crlf), at, `${hwid}\r\n`), save.name).toMatchObject({ valid: true });
        }
        writeFileSync(keysPath, keys);
      },
    );

    it.runIf(here[language] && !canOpen[language])('says what is missing to open it', async () => {
      expect(await file(text, at)).toMatchObject({ error: 'cannot_open' });
    });
  });
});

it('Node’s sample is a program as well', async () => {
  expect(await spawned(process.execPath, [node, 'check', url, keysPath, licenseKey, hwid])).toMatchObject({
    valid: true,
  });
});

describe('spellings', () => {
  const hwids = Object.entries(vectors.hwids).flatMap(([canonical, same]) => same.map((raw) => [raw, canonical]));
  const keys = vectors.license_keys.same.map((raw) => [raw, vectors.license_keys.canonical]);
  const wrong = vectors.license_keys.wrong.map((raw) => [raw, null]);
  const raws = (cases: (string | null)[][]) => cases.map(([raw]) => raw!);
  const canonicals = (cases: (string | null)[][]) => cases.map(([, canonical]) => canonical);

  it('of keys and hardware identifiers have the canonical form in Node', async () => {
    const { canonicalHwid, canonicalKey } = (await import(pathToFileURL(node).href)) as Record<
      'canonicalHwid' | 'canonicalKey',
      (raw: string) => string | null
    >;
    expect(raws(hwids).map(canonicalHwid)).toEqual(canonicals(hwids));
    expect(raws([...keys, ...wrong]).map(canonicalKey)).toEqual(canonicals([...keys, ...wrong]));
  });

  it.runIf(here.python)('have the same in Python', () => {
    const program = [
      'import json, sys',
      `sys.path.insert(0, ${JSON.stringify(import.meta.dirname)})`,
      'from license_client import canonical_hwid, canonical_key',
      'hwids, keys = json.load(sys.stdin)',
      'print(json.dumps([[canonical_hwid(each) for each in hwids], [canonical_key(each) for each in keys]]))',
    ].join('\n');
    const input = JSON.stringify([raws(hwids), raws([...keys, ...wrong])]);
    const { stdout } = spawnSync('python3', ['-B', '-c', program], { input, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual([canonicals(hwids), canonicals([...keys, ...wrong])]);
  });
});

describe('test-vectors.json', () => {
  it('is what the service signs and seals', async () => {
    const signer = await createLicenseSigner(JSON.stringify(vectors.signing_key));
    expect({ keys: signer.publicKeys }).toEqual({ keys: vectors.keys });
    const handle = createHandler({
      check: async () => answers,
      checkSession: async () => answers,
      admit: async () => ({ allowed: true, retryAfterSeconds: 0 }),
      signer,
      now: () => new Date(vectors.check.at),
    });
    const request = { method: 'POST', body: JSON.stringify(vectors.check.request) };
    const response = await handle(new Request('http://service/license-check', request));
    expect(await response.text()).toBe(vectors.check.response.body);
    expect(response.headers.get('x-signature')).toBe(vectors.check.response.headers['x-signature']);
  });

  it('has a file of the form that is made today', async () => {
    const signer = await createLicenseSigner(JSON.stringify(vectors.signing_key));
    const contents = { license_key: licenseKey, hwid, license: {}, entitlements: {}, ttl_seconds: 60 };
    const today = await createLicenseFile(contents, signer, new Date(vectors.license_file.at));
    const shape = (file: string) => {
      const { enc, ...rest } = JSON.parse(Buffer.from(file.replace(/-----[A-Z ]+-----/g, ''), 'base64').toString());
      return [Object.keys(rest).sort(), rest.alg, String(enc).split('.').length, file.split('\n')[0]];
    };
    expect(shape(today)).toEqual(shape(vectors.license_file.text));
  });
});
