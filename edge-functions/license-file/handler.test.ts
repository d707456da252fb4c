import { spawnSync } from 'node:child_process';
import { createDecipheriv, createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { unauthorized } from '../_shared/errors.ts';
import type { LicenseSigner } from '../_shared/license-signer.ts';
import { consoleUrl, makeSigner, now, post, verify } from '../_shared/testing.ts';
import { createHandler } from './handler.ts';
import { createLicenseFile } from './license-file.ts';

const id = '5f0c1f0e-3f6b-4a39-9a0a-0d2b6f3b7f11';
const contents = {
  license_key: 'ABCDE-FGHJK-MNPQR-STUVW-XYZ23',
  hwid: 'HWID-1',
  license: { id, plan: 'premium' },
  entitlements: { campaigns: true },
  ttl_seconds: 86_400,
};
const staff = { claims: { sub: 'u' }, ip: '203.0.113.7', userAgent: 'test' };
let signer: LicenseSigner;
beforeEach(async () => {
  signer = await makeSigner();
});

const parse = (file: string) =>
  JSON.parse(Buffer.from(file.replace(/-----[A-Z ]+-----/g, ''), 'base64').toString()) as {
    enc: string;
    sig: string;
    alg: string;
  };

describe('createLicenseFile()', () => {
  it('is proven by the public key alone, and refused after one byte is changed', async () => {
    const { enc, sig, alg } = parse(await createLicenseFile(contents, signer, now()));
    expect(alg).toBe('aes-256-gcm+ed25519');
    const encode = (text: string) => new TextEncoder().encode(`license/${text}`);
    expect(await verify(signer.publicKeys[0]!, sig, encode(enc))).toBe(true);
    const altered = (enc[0] === 'A' ? 'B' : 'A') + enc.slice(1);
    expect(await verify(signer.publicKeys[0]!, sig, encode(altered))).toBe(false);
  });

  it('opens with licence key and hardware identifier, and with nothing else', async () => {
    const { enc } = parse(await createLicenseFile(contents, signer, now()));
    const [ciphertext, iv, tag] = enc.split('.').map((part) => Buffer.from(part, 'base64'));
    const open = (secret: string) => {
      const decipher = createDecipheriv('aes-256-gcm', createHash('sha256').update(secret).digest(), iv!).setAuthTag(
        tag!,
      );
      return JSON.parse(Buffer.concat([decipher.update(ciphertext!), decipher.final()]).toString());
    };
    expect(open(contents.license_key + contents.hwid)).toEqual({
      license: contents.license,
      entitlements: contents.entitlements,
      meta: { issued: '2026-03-01T12:00:00.000Z', expiry: '2026-03-02T12:00:00.000Z', ttl: 86_400 },
    });
    expect(() => open(`${contents.license_key}HWID-2`)).toThrow();
  });
});

describe('verify.mjs', () => {
  const script = fileURLToPath(new URL('./verify.mjs', import.meta.url));
  const wide = (text: string) => Buffer.from(text, 'utf16le');
  let file: string;
  let keys: string;
  let verdict: (file: Buffer, keys: Buffer) => string;
  beforeEach(async () => {
    ({ verdict } = (await import(pathToFileURL(script).href)) as { verdict: typeof verdict });
    file = await createLicenseFile(contents, signer, now());
    keys = JSON.stringify({ keys: signer.publicKeys });
  });
  const judge = (text: string) => verdict(Buffer.from(text), Buffer.from(keys));

  it('proves the file with the published keys alone, and refuses it after any one byte is changed', () => {
    expect(judge(file)).toBe('genuine');
    for (const at of [3, 60, 200, Math.floor(file.length / 2), file.length - 40]) {
      const altered = file.slice(0, at) + (file[at] === 'A' ? 'B' : 'A') + file.slice(at + 1);
      expect(judge(altered), `byte ${at}`).not.toBe('genuine');
    }
  });

  it('reads file and keys however an editor or a shell saved them', () => {
    const crlf = file.replaceAll('\n', '\r\n');
    const saved = (text: string) => [
      Buffer.from(text),
      Buffer.from(`\ufeff${text}`),
      wide(`\ufeff${text}`),
      wide(text),
      wide(`\ufeff${text}`).swap16(),
    ];
    for (const bytes of [...saved(file), ...saved(crlf), ...saved(` \n${file}\n\n`)])
      for (const keyBytes of saved(keys)) expect(verdict(bytes, keyBytes)).toBe('genuine');
  });

  it('tells what is no licence file from what is signed by somebody else', async () => {
    for (const other of ['', 'ABCDE-FGHJK', file.replace(/\n.*\n/, '\n'), '{}'])
      expect(judge(other)).toBe('no licence file');
    keys = JSON.stringify({ keys: (await makeSigner()).publicKeys });
    expect(judge(file)).toBe('wrong signature');
  });

  it('is a program that says so', () => {
    const folder = mkdtempSync(join(tmpdir(), 'license-file-'));
    const [path, keysPath] = [join(folder, 'license.key'), join(folder, 'keys.json')];
    writeFileSync(keysPath, keys);
    for (const [text, status, stdout] of [
      [file, 0, 'genuine\n'],
      ['', 1, 'NOT genuine: no licence file\n'],
    ] as const) {
      writeFileSync(path, text);
      const ran = spawnSync(process.execPath, [script, path, keysPath], { encoding: 'utf8' });
      expect(ran).toMatchObject({ status, stdout });
    }
    rmSync(folder, { recursive: true });
  });
});

describe('license-file', () => {
  const make = (overrides = {}) =>
    createHandler({
      authenticate: async () => staff,
      contents: async () => contents,
      signer,
      consoleUrl,
      now,
      ...overrides,
    });

  it('sends the file as an attachment', async () => {
    const response = await make()(post('http://f/license-file', { license_id: id }, { origin: consoleUrl }));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="license.key"');
    expect(response.headers.get('access-control-allow-origin')).toBe(consoleUrl);
    expect(await response.text()).toMatch(/^-----BEGIN LICENSE FILE-----\n[\s\S]+\n-----END LICENSE FILE-----\n$/);
  });

  it('refuses before reading anything when nobody is signed in', async () => {
    const read = vi.fn();
    const response = await make({
      authenticate: async () => {
        throw unauthorized();
      },
      contents: read,
    })(post('http://f/license-file', { license_id: id }));
    expect(response.status).toBe(401);
    expect(read).not.toHaveBeenCalled();
  });

  it.each([
    ['42501', 'permission_denied', 403],
    ['PT404', 'license_not_found', 404],
    ['PT409', 'license_revoked', 409],
  ])('maps %s %s to %i', async (sqlState, hint, status) => {
    const refuse = async () => {
      throw Object.assign(new Error('refused'), { code: sqlState, hint });
    };
    const response = await make({ contents: refuse })(post('http://f/license-file', { license_id: id }));
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code: hint });
  });

  it('400 for a malformed id; no CORS for another origin', async () => {
    const response = await make()(
      post('http://f/license-file', { license_id: '1; drop table' }, { origin: 'https://evil.example' }),
    );
    expect(response.status).toBe(400);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});
