import type { RouteRecordRaw } from 'vue-router';
import type { FeatureModule, Finder, MenuEntry, PaletteAction } from '@/shared/module.ts';
import { allowed, withWords } from '@/shared/registry.ts';
import type { Stage } from '@/shared/session.ts';

const files = import.meta.glob<FeatureModule>('../features/**/module.ts', { eager: true, import: 'default' });

/** Every feature, by the folder of its `module.ts`. */
export const modulesByFolder: Record<string, FeatureModule> = Object.fromEntries(
  Object.entries(files).map(([path, module]) => [path.split('/').slice(2, -1).join('/'), module]),
);
export const modules: readonly FeatureModule[] = Object.values(modulesByFolder);

/** The pages' messages come with the pages. */
const spoken =
  (module: FeatureModule) =>
  (route: RouteRecordRaw): RouteRecordRaw => {
    const { component, children } = route;
    const load = component as unknown;
    return {
      ...route,
      ...(typeof load === 'function' ? { component: withWords(module, load as () => Promise<never>) } : {}),
      ...(children ? { children: children.map(spoken(module)) } : {}),
    } as RouteRecordRaw;
  };

export const pagesOf = (from: readonly FeatureModule[]): RouteRecordRaw[] =>
  from.flatMap((module) => (module.routes ?? []).map(spoken(module)));
export const entryPagesOf = (from: readonly FeatureModule[]): RouteRecordRaw[] =>
  from.flatMap((module) => (module.entryRoutes ?? []).map(spoken(module)));

/** The page of each step of the way in. */
export const entryPage: Record<Exclude<Stage, 'ready'>, string> = {
  anonymous: 'login',
  code: 'login-code',
  enroll: 'login-enroll',
};

type Can = (permission: string) => boolean;

export const menuFor = (can: Can, from: readonly FeatureModule[]): MenuEntry[] =>
  from
    .flatMap((module) => module.menu ?? [])
    .filter(allowed(can))
    .sort((a, b) => a.position - b.position);

const placeOf = ({ menu }: FeatureModule) => [menu ?? []].flat()[0]?.position ?? Infinity;

/** In the order of the menu, as the pages they lead to. */
export const findersFor = (can: Can, from: readonly FeatureModule[]): Finder[] =>
  [...from]
    .sort((a, b) => placeOf(a) - placeOf(b))
    .flatMap((module) => module.finders ?? [])
    .filter(allowed(can));

export const actionsFor = (can: Can, from: readonly FeatureModule[]): PaletteAction[] =>
  from.flatMap((module) => module.actions ?? []).filter(allowed(can));
