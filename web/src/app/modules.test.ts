import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '@/shared/test/mount.ts';
import { actionsFor, menuFor, type FeatureModule } from './modules.ts';

const features: FeatureModule[] = [
  { routes: [], menu: { labelKey: 'b', icon: '', to: '/staff', permission: 'staff.read', position: 20 } },
  {
    routes: [],
    menu: { labelKey: 'a', icon: '', to: '/licences', permission: 'licenses.read', position: 10 },
    actions: [{ labelKey: 'n', icon: '', to: '/n', permission: 'licenses.create' }],
  },
  { routes: [], menu: { labelKey: 'c', icon: '', to: '/help', position: 30 } },
];
const as = (role: keyof typeof PERMISSIONS) => (permission: string) => PERMISSIONS[role].includes(permission);

describe('menuFor()', () => {
  it('shows an administrator everything, in order', () => {
    expect(menuFor(as('admin'), features).map((entry) => entry.to)).toEqual(['/licences', '/staff', '/help']);
  });
  it('hides from support and viewers what they may not read', () => {
    expect(menuFor(as('support'), features).map((entry) => entry.to)).toEqual(['/licences', '/help']);
    expect(menuFor(as('viewer'), features).map((entry) => entry.to)).toEqual(['/licences', '/help']);
  });
});

describe('actionsFor()', () => {
  it('offers an action only to those who may', () => {
    expect(actionsFor(as('admin'), features)).toHaveLength(1);
    expect(actionsFor(as('support'), features)).toHaveLength(0);
  });
});

describe('every feature', () => {
  it('asks a permission for each page inside the shell and each menu entry', async () => {
    const { modules } = await import('./modules.ts');
    const open = modules
      .flatMap((module) => module.routes)
      .filter((route) => !route.meta?.permission && !route.redirect);
    expect(open.map((route) => route.path)).toEqual([]);
    expect(modules.flatMap((module) => module.menu ?? []).filter((entry) => !entry.permission)).toEqual([]);
  });
});
