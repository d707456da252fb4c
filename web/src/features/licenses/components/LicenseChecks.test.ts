import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import type { LicenseCheck } from '../types.ts';
import { license } from '../test-data.ts';
import LicenseChecks from './LicenseChecks.vue';

const LIST = 'POST /rest/v1/rpc/list_license_checks';
const TRANSFER = 'POST /rest/v1/rpc/transfer_license_to_check';
const text = () => document.body.textContent ?? '';
const buttons = (name: string) =>
  [...document.querySelectorAll<HTMLButtonElement>('button')].filter((each) => each.textContent?.trim() === name);

const check = (over: Partial<LicenseCheck> = {}): LicenseCheck => ({
  id: 1,
  code: 'HWID_MISMATCH',
  first_at: '2026-11-27T08:00:00Z',
  checked_at: '2026-11-27T09:00:00Z',
  times: 3,
  ip_address: '203.0.113.9',
  client_version: '1.4.2',
  client_os: 'Windows 11',
  hwid_hint: 'PC••••-42',
  is_own_machine: false,
  can_transfer: true,
  ...over,
});
const own = check({ id: 2, code: 'VALID', times: 1, is_own_machine: true, can_transfer: false });
const mount = (role: 'admin' | 'support' = 'admin') => mountApp(LicenseChecks, { props: { licenseId: 'l1' }, role });

describe('LicenseChecks', () => {
  it('says what was answered, what differed, and from where', async () => {
    mockApi({ [LIST]: () => ({ rows: [check(), own] }) });
    await mount();
    expect(text()).toMatch(/Refusée.*Autre machine.*Machine PC••••-42, qui n’est pas celle de la licence/);
    expect(text()).toMatch(/Version 1\.4\.2 · Windows 11 · Adresse 203\.0\.113\.9.*3 fois/);
    expect(text()).toMatch(/Acceptée.*Licence valable.*Machine de la licence/);
    expect(await axeViolations()).toEqual([]);
  });

  it('transfers to the machine of a refused check, with a reason and without its identifier', async () => {
    const calls = mockApi({ [LIST]: () => ({ rows: [check()] }), [TRANSFER]: () => license() });
    await mount();
    buttons('Transférer vers cette machine')[0]!.click();
    await until(() => expect(document.querySelector('[role="dialog"] textarea')).not.toBeNull());
    expect(buttons('Transférer')[0]!.disabled).toBe(true);
    const reason = document.querySelector<HTMLTextAreaElement>('[role="dialog"] textarea')!;
    reason.value = 'Nouvel ordinateur';
    reason.dispatchEvent(new Event('input', { bubbles: true }));
    await until(() => expect(buttons('Transférer')[0]!.disabled).toBe(false));
    buttons('Transférer')[0]!.click();
    await until(() =>
      expect(calls.find(({ route }) => route === TRANSFER)?.body).toEqual({
        check_id: 1,
        reason: 'Nouvel ordinateur',
      }),
    );
  });

  it('offers the transfer to nobody who may not, nor for the own machine', async () => {
    mockApi({ [LIST]: () => ({ rows: [check(), own] }) });
    await mount('support');
    expect(text()).toContain('Autre machine');
    expect(buttons('Transférer vers cette machine')).toHaveLength(0);
  });

  it('says that there is nothing, and why it could not be read', async () => {
    mockApi({ [LIST]: () => ({ rows: [] }) });
    await mount();
    expect(text()).toContain('Aucune vérification');
    mockApi({ [LIST]: () => new ApiFailure(500, { code: 'XX000', message: 'x' }) });
    await mount();
    await until(() => expect(buttons('Réessayer')).not.toHaveLength(0));
  });
});
