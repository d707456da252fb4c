// @vitest-environment node
import { getLocalTimeZone, today } from '@internationalized/date';
import { describe, expect, it } from 'vitest';
import { blankForm, licenseSchema, toNewLicense, type LicenseForm } from './license-form.ts';
import { isEmail, isHwid, MAX_NOTES } from '@/shared/rules.ts';

const schema = licenseSchema((key) => key);
const form = (over: Partial<LicenseForm> = {}): LicenseForm => ({
  ...blankForm(30),
  email: 'client@example.com',
  hwid: 'HWID-1234',
  plan: 'premium',
  ...over,
});
const failures = (over: Partial<LicenseForm>) =>
  (schema.safeParse(form(over)).error?.issues ?? []).map((issue) => issue.message);

describe('licenseSchema()', () => {
  it('takes a complete form', () => expect(failures({})).toEqual([]));
  it.each(['', 'x', 'a@b', 'a b@example.com', 'a..b@example.com', '.a@example.com', `${'a'.repeat(250)}@example.com`])(
    'refuses the address %j',
    (email) => {
      expect(failures({ email })).toEqual(['email']);
    },
  );
  it.each(['', 'abc', 'a  b c', 'ab\u0007cd', 'x'.repeat(201)])('refuses the HWID %j', (hwid) =>
    expect(failures({ hwid })).toEqual(['hwid']),
  );
  it('takes any plan there is, and asks for one', () => {
    expect(failures({ plan: 'a_fourth_one' })).toEqual([]);
    expect(failures({ plan: '' })).toEqual(['plan']);
  });
  it('refuses a day gone by and one beyond 20 years', () => {
    expect(failures({ expires: today(getLocalTimeZone()).subtract({ days: 1 }) })).toEqual(['expires']);
    expect(failures({ expires: today(getLocalTimeZone()).add({ years: 20 }) })).toEqual(['expires']);
    expect(failures({ expires: undefined })).toEqual(['expires']);
  });
  it('refuses notes beyond what the database holds', () =>
    expect(failures({ notes: 'x'.repeat(MAX_NOTES + 1) })).toEqual(['notes']));
});

describe('toNewLicense()', () => {
  it('trims, drops empty notes and ends with the chosen day', () => {
    const license = toNewLicense(
      form({ email: ' a@example.com ', notes: '  ', expires: today(getLocalTimeZone()).add({ days: 30 }) }),
    );
    expect(license).toMatchObject({ email: 'a@example.com', notes: null });
    const end = new Date(license.expires_at!);
    expect([end.getHours(), end.getMinutes(), end.getSeconds()]).toEqual([23, 59, 59]);
  });
});

describe('isEmail() and isHwid()', () => {
  it('ignore spaces around', () => {
    expect(isEmail(' a@example.com ')).toBe(true);
    expect(isHwid(' 1234 ')).toBe(true);
  });
});
