import { beforeEach, describe, expect, it, vi } from 'vitest';
import { errorBody } from '../../supabase/contracts/functions/shared.ts';
import { type CheckedLicense, checkResponse, keysResponse } from '../../supabase/contracts/functions/license-check.ts';
import type { LicenseSigner } from '../_shared/license-signer.ts';
import { makeSigner, now, post, verify } from '../_shared/testing.ts';
import { type CheckResult, createHandler, type Dependencies } from './handler.ts';

const url = 'http://functions/license-check';
const input = { license_key: 'ABCDE-FGHJK-MNPQR-STUVW-XYZ23', hwid: 'HWID-1' };
const license: CheckedLicense = {
  plan: 'premium',
  status: 'active',
  expires_at: '2026-04-01T00:00:00Z',
  grace_until: '2026-04-08T00:00:00Z',
  entitlements: { campaigns: true },
};
const answer = (code: CheckResult['code'], found = true): CheckResult => ({
  allowed: true,
  retryAfterSeconds: 60,
  code,
  license: found ? license : null,
  nextCheckInSeconds: 3600,
});

let signer: LicenseSigner;
let dependencies: Dependencies & {
  check: ReturnType<typeof vi.fn>;
  checkSession: ReturnType<typeof vi.fn>;
  admit: ReturnType<typeof vi.fn>;
};
let handle: (request: Request) => Promise<Response>;

beforeEach(async () => {
  signer = await makeSigner();
  dependencies = {
    check: vi.fn(async () => answer('VALID')),
    checkSession: vi.fn(async () => answer('VALID')),
    admit: vi.fn(async () => ({ allowed: true, retryAfterSeconds: 60 })),
    signer,
    now,
  };
  handle = createHandler(dependencies);
});

describe('answers', () => {
  it.each([
    ['VALID', true, true],
    ['GRACE_PERIOD', true, true],
    ['EXPIRED', false, true],
    ['REVOKED', false, true],
    ['NOT_FOUND', false, false],
    ['HWID_MISMATCH', false, false],
  ] as const)('%s: valid is %s', async (code, valid, found) => {
    dependencies.check.mockResolvedValue(answer(code, found));
    const response = await handle(post(url, { ...input, nonce: 'n-1' }));
    expect(response.status).toBe(200);
    expect(checkResponse.parse(await response.json())).toEqual({
      valid,
      code,
      detail: expect.any(String),
      license: found ? license : null,
      nonce: 'n-1',
      checked_at: '2026-03-01T12:00:00.000Z',
      next_check_in_seconds: 3600,
    });
  });

  it('passes on address, version and system', async () => {
    await handle(post(url, { ...input, client_version: '1.2.3', os: 'Windows 11', surprise: [1] }));
    expect(dependencies.check).toHaveBeenCalledWith({
      ip: '203.0.113.7',
      licenseKey: input.license_key,
      hwid: 'HWID-1',
      clientVersion: '1.2.3',
      clientOs: 'Windows 11',
    });
  });

  it('signs the raw body with the published key', async () => {
    const response = await handle(post(url, input));
    const bytes = new Uint8Array(await response.arrayBuffer());
    const { keys } = keysResponse.parse(await (await handle(new Request(`${url}/keys`))).json());
    const key = keys.find(({ kid }) => kid === response.headers.get('x-key-id'))!;
    expect(key).not.toHaveProperty('d');
    expect(await verify(key, response.headers.get('x-signature')!, bytes)).toBe(true);
    bytes[10]! ^= 1;
    expect(await verify(key, response.headers.get('x-signature')!, bytes)).toBe(false);
  });
});

describe('malformed requests', () => {
  it.each([
    ['nothing', '', 'invalid_json'],
    ['no JSON', '{"license_key":', 'invalid_json'],
    ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'invalid_json'],
    ['an array', [], 'invalid_input'],
    ['null', 'null', 'invalid_input'],
    ['no hwid', { license_key: 'x' }, 'invalid_input'],
    ['a number for a key', { license_key: 12, hwid: 'x' }, 'invalid_input'],
    ['an object for a key', { license_key: { $gt: '' }, hwid: 'x' }, 'invalid_input'],
    ['an empty key', { license_key: '', hwid: 'x' }, 'invalid_input'],
    ['a key too long', { license_key: 'x'.repeat(101), hwid: 'x' }, 'invalid_input'],
    ['NUL in hwid', { license_key: 'x', hwid: 'a\0b' }, 'invalid_input'],
    ['a nonce too long', { ...input, nonce: 'x'.repeat(201) }, 'invalid_input'],
  ])('%s → 400', async (_name, body, code) => {
    const response = await handle(post(url, body));
    expect(response.status).toBe(400);
    expect(errorBody.parse(await response.json())).toMatchObject({ code });
    expect(dependencies.check).not.toHaveBeenCalled();
    expect(dependencies.admit).toHaveBeenCalledWith('203.0.113.7');
  });

  it('over 64 KiB → 413, whatever content-length says', async () => {
    const big = JSON.stringify({ ...input, padding: 'x'.repeat(70_000) });
    expect((await handle(post(url, big))).status).toBe(413);
    expect((await handle(post(url, big, { 'content-length': '10' }))).status).toBe(413);
  });

  it('is limited like any other', async () => {
    dependencies.admit.mockResolvedValue({ allowed: false, retryAfterSeconds: 17 });
    const response = await handle(post(url, 'nonsense'));
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('17');
  });

  it.each(['GET', 'PUT', 'DELETE'])('%s → 405', async (method) => {
    const response = await handle(new Request(url, { method }));
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('an unknown path → 404', async () => {
    expect((await handle(post(`${url}/other`, input))).status).toBe(404);
  });
});

it('over the limit → 429 with Retry-After and no answer about the licence', async () => {
  dependencies.check.mockResolvedValue({
    allowed: false,
    retryAfterSeconds: 42,
    code: null,
    license: null,
    nextCheckInSeconds: 0,
  });
  const response = await handle(post(url, input));
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('42');
  expect(await response.json()).toMatchObject({ code: 'too_many_requests' });
});

it('an unexpected failure is an opaque 500 with an id', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  dependencies.check.mockRejectedValue(new Error('password=hunter2'));
  const response = await handle(post(url, input));
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(text).toContain('unexpected_failure');
  expect(text).not.toContain('hunter2');
  expect(log).toHaveBeenCalled();
});

describe('in the name of a customer', () => {
  const session = `was_${'a'.repeat(64)}`;
  const authorization = `Bearer ${session}`;

  it('the session stands for key and machine, and the answer is signed as any', async () => {
    const response = await handle(post(url, { nonce: 'n-1' }, { authorization }));
    expect(checkResponse.parse(await response.json())).toMatchObject({ valid: true, code: 'VALID', nonce: 'n-1' });
    expect(response.headers.get('x-signature')).toBeTruthy();
    expect(dependencies.checkSession).toHaveBeenCalledWith('203.0.113.7', session);
    expect(dependencies.check).not.toHaveBeenCalled();
  });

  it('a session that has ended is an answer, signed and not valid', async () => {
    dependencies.checkSession.mockResolvedValue(answer('SESSION_ENDED', false));
    const response = await handle(post(url, { nonce: 'n-1' }, { authorization }));
    expect(response.status).toBe(200);
    expect(checkResponse.parse(await response.json())).toMatchObject({ valid: false, code: 'SESSION_ENDED' });
  });

  it.each(['Bearer eyJhbGciOiJIUzI1NiJ9.e30.x', 'Bearer wao_1', 'Basic was_1'])('%s is no session', async (given) => {
    await handle(post(url, input, { authorization: given }));
    expect(dependencies.checkSession).not.toHaveBeenCalled();
    expect(dependencies.check).toHaveBeenCalled();
    expect((await handle(post(url, {}, { authorization: given }))).status).toBe(400);
  });

  it('is limited like any other, malformed or not', async () => {
    const full = { ...answer('VALID', false), allowed: false, code: null, retryAfterSeconds: 9 };
    dependencies.checkSession.mockResolvedValue(full);
    expect((await handle(post(url, {}, { authorization }))).status).toBe(429);
    expect((await handle(post(url, '[', { authorization }))).status).toBe(400);
    expect(dependencies.admit).toHaveBeenCalledWith('203.0.113.7');
  });
});
