import type { RouteRecordRaw } from 'vue-router';
import { loadFeatureMessages } from './i18n.ts';

declare module 'vue-router' {
  interface RouteMeta {
    /** Translation key of the page's title. */
    titleKey?: string;
    /** Permission without which the page shows the forbidden state. */
    permission?: string;
    /**
     * Who may open it. `staff` (default): second factor given. `session`: signed in at any level.
     * `guest`: the way in, left as soon as one is in. `public`: anybody.
     */
    access?: 'staff' | 'session' | 'guest' | 'public';
  }
}

export interface MenuEntry {
  labelKey: string;
  icon: string;
  to: string;
  permission?: string;
  /** Second key of the “g x” shortcut. */
  shortcut?: string;
  position: number;
}

export interface PaletteAction {
  labelKey: string;
  icon: string;
  to: string;
  permission?: string;
}

/** What `features/<feature>/module.ts` exports by default. Routes are children of the shell, except `entry` ones. */
export interface FeatureModule {
  routes: RouteRecordRaw[];
  /** Routes outside the shell (sign-in). */
  entryRoutes?: RouteRecordRaw[];
  menu?: MenuEntry;
  actions?: PaletteAction[];
}

const files = import.meta.glob<FeatureModule>('../features/*/module.ts', { eager: true, import: 'default' });

/** The pages' messages come with the pages. */
function withMessages(route: RouteRecordRaw, feature: string): RouteRecordRaw {
  const { component, children } = route;
  const load = component as unknown;
  return {
    ...route,
    ...(typeof load === 'function'
      ? { component: async () => (await Promise.all([load(), loadFeatureMessages(feature)]))[0] as never }
      : {}),
    ...(children ? { children: children.map((child) => withMessages(child, feature)) } : {}),
  } as RouteRecordRaw;
}

export const modules: FeatureModule[] = Object.entries(files).map(([path, module]) => {
  const complete = (route: RouteRecordRaw) => withMessages(route, path.split('/')[2]!);
  return { ...module, routes: module.routes.map(complete), entryRoutes: module.entryRoutes?.map(complete) ?? [] };
});

type Can = (permission: string) => boolean;
const allowed = (can: Can) => (entry: { permission?: string }) => !entry.permission || can(entry.permission);

export const menuFor = (can: Can, from: FeatureModule[] = modules): MenuEntry[] =>
  from
    .flatMap((module) => module.menu ?? [])
    .filter(allowed(can))
    .sort((a, b) => a.position - b.position);

export const actionsFor = (can: Can, from: FeatureModule[] = modules): PaletteAction[] =>
  from.flatMap((module) => module.actions ?? []).filter(allowed(can));
