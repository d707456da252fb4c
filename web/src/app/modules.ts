import type { RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Translation key of the page's title. */
    titleKey?: string
    /** Permission without which the page shows the forbidden state. */
    permission?: string
    /**
     * Who may open it. `staff` (default): second factor given. `session`: signed in at any level.
     * `guest`: the way in, left as soon as one is in. `public`: anybody.
     */
    access?: 'staff' | 'session' | 'guest' | 'public'
  }
}

export interface MenuEntry {
  labelKey: string
  icon: string
  to: string
  permission?: string
  /** Second key of the “g x” shortcut. */
  shortcut?: string
  position: number
}

export interface PaletteAction {
  labelKey: string
  icon: string
  to: string
  permission?: string
}

/** What `features/<feature>/module.ts` exports by default. Routes are children of the shell, except `entry` ones. */
export interface FeatureModule {
  routes: RouteRecordRaw[]
  /** Routes outside the shell (sign-in). */
  entryRoutes?: RouteRecordRaw[]
  menu?: MenuEntry
  actions?: PaletteAction[]
}

const files = import.meta.glob<FeatureModule>('../features/*/module.ts', { eager: true, import: 'default' })

export const modules: FeatureModule[] = Object.values(files)

type Can = (permission: string) => boolean
const allowed = (can: Can) => (entry: { permission?: string }) => !entry.permission || can(entry.permission)

export const menuFor = (can: Can, from: FeatureModule[] = modules): MenuEntry[] =>
  from.flatMap((module) => module.menu ?? []).filter(allowed(can)).sort((a, b) => a.position - b.position)

export const actionsFor = (can: Can, from: FeatureModule[] = modules): PaletteAction[] =>
  from.flatMap((module) => module.actions ?? []).filter(allowed(can))
