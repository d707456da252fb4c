// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '..');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|vue)$/.test(file) && !['main.ts', 'env.d.ts', 'app/layers.test.ts'].includes(file));

/** Arrows go to an equal or a lower floor. What holds the tests up stands beside the house. */
const FLOORS = ['base', 'shared', 'features', 'app'];
/** The rooms of billing speak of one another in this order only. */
const BILLING = ['actions', 'payments', 'subscriptions'];

const IMPORT =
  /(?:\bfrom|\bimport\(|\bimport|vi\.mock\(|import\.meta\.glob(?:<[^(]*>)?\()\s*\[?\s*['"`]([^'"`]+)['"`]/g;

/** What a file imports, as paths from `src`; packages left out. */
const importsOf = (file: string, source: string): string[] =>
  [...source.matchAll(IMPORT)].flatMap(([, name = '']) => {
    if (name.startsWith('@/')) return [name.slice(2)];
    return name.startsWith('.') ? [posix.join(dirname(file), name)] : [];
  });

/** Why `from` may not import `to`; undefined when it may. */
export function fault(from: string, to: string): string | undefined {
  const [floor = '', feature = '', room = ''] = from.split('/');
  const [toFloor = '', toFeature = '', toRoom = ''] = to.split('/');
  if (floor === 'test') return undefined;
  if (toFloor === 'test') return /\.test\.ts$|\/test-data\.ts$/.test(from) ? undefined : 'only tests use src/test';
  if (!FLOORS.includes(floor) || !FLOORS.includes(toFloor)) return 'neither base, shared, features nor app';
  if (FLOORS.indexOf(toFloor) > FLOORS.indexOf(floor)) return `${floor} is below ${toFloor}`;
  if (floor !== 'features' || toFloor !== 'features') return undefined;
  if (feature !== toFeature) return `${feature} is not ${toFeature}: it contributes by its module, or both share`;
  if (feature !== 'billing' || room === toRoom) return undefined;
  const upward = BILLING.includes(room) && BILLING.indexOf(toRoom) > BILLING.indexOf(room);
  return upward || !BILLING.includes(toRoom) ? `billing/${room} is below billing/${toRoom}` : undefined;
}

describe('imports', () => {
  it('go one way: base, shared, features, app', () => {
    const faults = files.flatMap((file) =>
      importsOf(file, readFileSync(join(src, file), 'utf8')).flatMap((to) => {
        const why = fault(file, to);
        return why ? [`${file} → ${to}: ${why}`] : [];
      }),
    );
    expect(faults).toEqual([]);
  });

  it.each([
    ['base/format.ts', 'shared/session.ts'],
    ['shared/plans.ts', 'features/licenses/types.ts'],
    ['features/licenses/queries.ts', 'app/router.ts'],
    ['features/licenses/pages/A.vue', 'features/billing/payments/types.ts'],
    ['features/billing/payments/types.ts', 'features/billing/subscriptions/types.ts'],
    ['features/billing/health/types.ts', 'features/billing/health/../../licenses/types.ts'],
    ['features/licenses/queries.ts', 'test/mount.ts'],
  ])('%s may not import %s', (from, to) => expect(fault(from, posix.normalize(to))).toBeDefined());

  it('are seen in every form', () => {
    const source = `import a from '@/base/a.ts';\nexport { b } from '../b.ts';\nimport './c.css';
      const d = () => import('./d.vue');\nvi.mock('@/shared/e.ts');
      import.meta.glob<Record<string, unknown>>('../f/*.ts');`;
    expect(importsOf('app/x/y.ts', source)).toEqual([
      'base/a.ts',
      'app/b.ts',
      'app/x/c.css',
      'app/x/d.vue',
      'shared/e.ts',
      'app/f/*.ts',
    ]);
  });
});

/** Constants and what reports say weigh nothing; the other contracts would bring zod into every page. */
const carriesContracts = (source: string): boolean =>
  [
    ...source.matchAll(
      /^(import|export)(?! type\b)[^;]*?from '@contracts\/(?!constants\/|reports\/|permissions\.generated\.ts)/gm,
    ),
  ].length > 0;

describe('contracts', () => {
  it('are taken as types; only constants come as values', () => {
    expect(files.filter((file) => carriesContracts(readFileSync(join(src, file), 'utf8')))).toEqual([]);
  });

  it('what reports say brings constants and itself, nothing else', () => {
    const folder = join(src, '../../supabase/contracts/reports');
    const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    expect(sources.length).toBeGreaterThan(1);
    for (const source of sources)
      expect(source).not.toMatch(/^import(?! type\b)[^;]*?from '(?!\.\.\/constants\/|\.\/)/m);
  });

  it.each([
    ["import { rpc } from '@contracts/rpc/index.ts';", true],
    ["export { licenseRow } from '@contracts/rows/license.ts';", true],
    ["import a from './a.ts';\nimport type { Rpc } from '@contracts/rpc/index.ts';", false],
    ["export { roles } from '@contracts/constants/staff.ts';", false],
    ["import { rolePermissions } from '@contracts/permissions.generated.ts';", false],
  ])('%s', (source, carries) => expect(carriesContracts(source)).toBe(carries));
});

it('pages are reached by the name of their route, never by an address typed out', () => {
  const literal = /\b(?:to|back-to|path)="\/|\b(?:to|path): ['"`]\/|\b(?:push|replace)\(['"`]\/|:to="`\//;
  const typed = files.filter(
    (file) =>
      !/\.test\.ts$|\/module\.ts$|^app\/router\.ts$|^test\//.test(file) &&
      literal.test(readFileSync(join(src, file), 'utf8')),
  );
  expect(typed).toEqual([]);
});
