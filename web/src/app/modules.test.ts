import { describe, expect, it } from 'vitest';
import { i18n, LANGUAGES, setLanguage } from '@/base/i18n.ts';
import { PERMISSIONS } from '@/test/mount.ts';
import type { FeatureModule } from '@/shared/module.ts';
import { actionsFor, findersFor, menuFor, modules, modulesByFolder } from './modules.ts';

const features: FeatureModule[] = [
  { name: 'b', menu: { labelKey: 'b', icon: '', to: { name: 'staff' }, permission: 'staff.read', position: 20 } },
  {
    name: 'a',
    menu: { labelKey: 'a', icon: '', to: { name: 'licences' }, permission: 'licenses.read', position: 10 },
    actions: [{ labelKey: 'n', icon: '', to: { name: 'n' }, permission: 'licenses.create' }],
  },
  { name: 'c', menu: { labelKey: 'c', icon: '', to: { name: 'help' }, position: 30 } },
];
const as = (role: keyof typeof PERMISSIONS) => (permission: string) => PERMISSIONS[role].includes(permission);

describe('menuFor()', () => {
  it('shows an administrator everything, in order', () => {
    expect(menuFor(as('admin'), features).map((entry) => entry.to.name)).toEqual(['licences', 'staff', 'help']);
  });
  it('hides from support and viewers what they may not read', () => {
    expect(menuFor(as('support'), features).map((entry) => entry.to.name)).toEqual(['licences', 'help']);
    expect(menuFor(as('viewer'), features).map((entry) => entry.to.name)).toEqual(['licences', 'help']);
  });
});

describe('actionsFor()', () => {
  it('offers an action only to those who may', () => {
    expect(actionsFor(as('admin'), features)).toHaveLength(1);
    expect(actionsFor(as('support'), features)).toHaveLength(0);
  });
});

describe('findersFor()', () => {
  it('finds in the order of the menu', () => {
    expect(findersFor(as('viewer'), modules).map(({ subject }) => subject)).toEqual([
      'licenses',
      'tickets',
      'customers',
    ]);
  });
});

describe('every feature', () => {
  it('is named like its folder, which no other is', () => {
    const folders = Object.keys(modulesByFolder).map((folder) => folder.split('/').at(-1));
    expect(modules.map(({ name }) => name)).toEqual(folders);
    expect(new Set(folders).size).toBe(folders.length);
  });

  it('has words of its own in both languages before its pages are loaded', async () => {
    const labels = modules.flatMap((module) =>
      [
        [module.menu ?? []].flat(),
        module.actions ?? [],
        module.finders ?? [],
        module.licenseTabs ?? [],
        module.customerTabs ?? [],
      ].flatMap((entries) => entries.map(({ labelKey }) => ({ room: module.name, labelKey }))),
    );
    expect(labels.length).toBeGreaterThan(10);
    expect(labels.filter(({ room, labelKey }) => !labelKey.startsWith(`${room}.`))).toEqual([]);
    for (const language of LANGUAGES) {
      await setLanguage(language);
      expect(labels.filter(({ labelKey }) => !i18n.global.te(labelKey))).toEqual([]);
    }
    await setLanguage('fr');
  });

  it('has pages, tabs and shortcuts that no other has', () => {
    const unique = (names: (string | undefined)[]) => expect(names).toEqual([...new Set(names)]);
    unique(modules.flatMap((module) => (module.routes ?? []).map(({ name }) => String(name))));
    unique(modules.flatMap((module) => (module.licenseTabs ?? []).map(({ name }) => name)));
    unique(modules.flatMap((module) => (module.customerTabs ?? []).map(({ name }) => name)));
    unique(modules.flatMap((module) => (module.finders ?? []).map(({ subject }) => subject)));
    unique(modules.flatMap((module) => [module.menu ?? []].flat().flatMap(({ shortcut }) => shortcut ?? [])));
  });

  it('asks only for permissions some role has', () => {
    const asked = modules.flatMap((module) =>
      [
        ...(module.routes ?? []).map(({ meta }) => meta?.permission),
        ...[module.menu ?? []].flat().map(({ permission }) => permission),
        ...[
          module.actions,
          module.finders,
          module.licenseTabs,
          module.customerTabs,
          module.exports,
          module.companions,
        ].flatMap((entries) => (entries ?? []).map(({ permission }) => permission)),
      ].filter((permission) => permission !== undefined),
    );
    expect(asked.filter((permission) => !PERMISSIONS.admin.includes(permission))).toEqual([]);
  });

  it('asks a permission for each page inside the shell and each menu entry', () => {
    const open = modules
      .flatMap((module) => module.routes ?? [])
      .filter((route) => !route.meta?.permission && !route.redirect);
    // One's own account and the first page, whose parts ask for themselves, are everybody's.
    expect(open.map((route) => route.path).sort()).toEqual(['', 'account']);
    expect(modules.flatMap((module) => module.menu ?? []).filter((entry) => !entry.permission)).toMatchObject([
      { to: { name: 'home' } },
    ]);
  });
});
