// @vitest-environment node
import { AuthApiError, AuthRetryableFetchError, FunctionsHttpError } from '@supabase/supabase-js';
import { describe, expect, it } from 'vitest';
import { describeError, functionError, isForbidden, isNotFound, toAppError } from './errors.ts';
import { i18n, loadMessages } from './i18n.ts';

await loadMessages('errors');

const t = (key: string, named?: Record<string, unknown>) => i18n.global.t(key, named ?? {});
const te = (key: string) => i18n.global.te(key);
const say = (error: unknown) => describeError(error, t, te);

describe('describeError', () => {
  it('prefers the hint of a database error', () => {
    expect(say({ code: '55000', hint: 'license_in_use', message: 'The licence has been used', details: null })).toBe(
      t('errors.code.license_in_use'),
    );
  });
  it('falls back on the SQLSTATE when the hint is unknown', () => {
    expect(say({ code: '23505', hint: 'never_heard_of', message: 'duplicate key', details: null })).toBe(
      t('errors.sqlstate.23505'),
    );
  });
  it.each(['22021', '22P05'])('says in words that a character cannot be kept (%s)', (code) => {
    const text = say({ code, message: 'invalid byte sequence for encoding "UTF8": 0x00', hint: null, details: null });
    expect(text).toBe('Ce texte contient un caractère qui ne peut être enregistré.');
  });
  it('shows the raw message and the request id when it knows neither', () => {
    const text = say({ code: 'XX000', hint: null, message: 'boom', details: null, request_id: 'req-7' });
    expect(text).toContain('boom');
    expect(text).toContain('req-7');
  });
  it('says that the server does not answer when the request never left', () => {
    expect(say({ code: '', message: 'TypeError: Failed to fetch', hint: '', details: '' })).toBe(t('errors.network'));
    expect(say(new AuthRetryableFetchError('x', 0))).toBe(t('errors.network'));
  });
  it('translates authentication codes', () => {
    expect(say(new AuthApiError('Invalid login credentials', 400, 'invalid_credentials'))).toBe(
      t('errors.code.invalid_credentials'),
    );
  });
  it('never treats a message as a translation key', () => {
    expect(say({ code: 'errors.network', hint: 'errors.network', message: 'm', details: null })).toContain('m');
  });
});

describe('functionError', () => {
  const failure = (body: unknown, status: number) =>
    new FunctionsHttpError(new Response(JSON.stringify(body), { status, headers: { 'x-request-id': 'r1' } }));
  it('takes code, message and details from the body', async () => {
    expect(await functionError(failure({ code: 'last_admin', message: 'No', details: { n: 1 } }, 409))).toMatchObject({
      code: 'last_admin',
      status: 409,
      requestId: 'r1',
      details: { n: 1 },
    });
  });
  it('names the status when the body is not the agreed one', async () => {
    expect((await functionError(failure('oops', 502))).code).toBe('http_502');
  });
});

describe('isForbidden and isNotFound', () => {
  it('recognise refusals by SQLSTATE, hint and function code', () => {
    expect(isForbidden({ code: '42501', message: 'm', details: null })).toBe(true);
    expect(isForbidden(toAppError({ code: 'P0001', hint: 'permission_denied', message: 'm', details: null }))).toBe(
      true,
    );
    expect(isForbidden({ code: '22023', message: 'm', details: null })).toBe(false);
    expect(isNotFound({ code: 'P0002', message: 'm', details: null })).toBe(true);
    expect(isNotFound({ code: '22P02', message: 'invalid input syntax for type uuid', details: null })).toBe(true);
    expect(isNotFound({ code: '22023', message: 'm', details: null })).toBe(false);
  });
});
