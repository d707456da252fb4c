import { describe, expect, it } from 'vitest';
import { rolePermissions } from '@contracts/permissions.generated.ts';
import en from './locales/en.json';
import fr from './locales/fr.json';
import { filterStaff, grantsOf, isAddress, ROLES, staffState, type StaffFilters } from './staff.ts';
import { member } from './test-data.ts';

const filters: StaffFilters = { q: '', role: [], state: [], sort: 'display_name', desc: false };

describe('grantsOf()', () => {
  it('tells what the permission table grants, by subject', () => {
    expect(grantsOf('viewer')).toEqual({
      alerts: ['read'],
      analytics: ['export'],
      customers: ['read'],
      licenses: ['read'],
      logs: ['read'],
      payments: ['read'],
      reports: ['read'],
      subscriptions: ['read'],
      tickets: ['read'],
    });
  });
  it.each([
    ['French', fr.permission],
    ['English', en.permission],
  ])('has words for every permission there is, and for no other, in %s', (_, words) => {
    const told = Object.entries(words)
      .flatMap(([subject, actions]) => Object.keys(actions).map((action) => `${subject}.${action}`))
      .filter((key) => !key.endsWith('.name'))
      .sort();
    expect(told).toEqual([...new Set(ROLES.flatMap((role) => rolePermissions[role]))].sort());
  });
});

describe('staffState()', () => {
  it('is invited until the first sign-in, and deactivated whatever else', () => {
    expect(staffState(member())).toBe('active');
    expect(staffState(member({ last_sign_in_at: null }))).toBe('invited');
    expect(staffState(member({ is_active: false, last_sign_in_at: null }))).toBe('deactivated');
  });
});

describe('filterStaff()', () => {
  const team = [
    member(),
    member({
      user_id: 'b',
      display_name: 'Élodie Zola',
      email: 'elodie@example.com',
      role: 'viewer',
      last_sign_in_at: null,
    }),
    member({ user_id: 'c', display_name: 'Bruno', email: 'bruno@example.com', role: 'admin', is_active: false }),
  ];
  const names = (over: Partial<StaffFilters>) =>
    filterStaff(team, { ...filters, ...over }).map((each) => each.display_name);
  it('sorts names as French does', () => expect(names({})).toEqual(['Bruno', 'Élodie Zola', 'Marc Lefèvre']));
  it('finds without accents, in name and e-mail', () => {
    expect(names({ q: 'lefevre' })).toEqual(['Marc Lefèvre']);
    expect(names({ q: 'ELODIE@' })).toEqual(['Élodie Zola']);
  });
  it('sifts by role and state', () => {
    expect(names({ role: ['admin', 'viewer'] })).toEqual(['Bruno', 'Élodie Zola']);
    expect(names({ state: ['invited'] })).toEqual(['Élodie Zola']);
  });
  it('sorts by any column, both ways', () => {
    expect(names({ sort: 'role' })).toEqual(['Bruno', 'Marc Lefèvre', 'Élodie Zola']);
    expect(names({ sort: 'last_sign_in_at', desc: true }).at(-1)).toBe('Élodie Zola');
  });
});

describe('isAddress()', () => {
  it.each([
    ['a@example.com', true],
    [' a@example.com ', true],
    ['a@example', false],
    ['a b@example.com', false],
    ['', false],
  ])('of %j is %s', (text, expected) => expect(isAddress(text)).toBe(expected));
});
