import type { Component } from 'vue';
import type { RouteLocationNamedRaw, RouteRecordRaw } from 'vue-router';
import type { AlertBook } from './alerts.ts';
import type { EventBook } from './events.ts';

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

/** Something that leads to a page, named by its route. */
interface Entry {
  labelKey: string;
  icon: string;
  to: RouteLocationNamedRaw & { name: string };
  permission?: string;
}

export interface MenuEntry extends Entry {
  /** Second key of the “g x” shortcut. */
  shortcut?: string;
  position: number;
}

export type PaletteAction = Entry;

/** One kind of result of the palette's search, `find_anything`. */
export interface Finder<Row = never> {
  /** The key under which the database answers them. */
  subject: string;
  labelKey: string;
  icon: string;
  permission: string;
  item(row: Row): { label: string; suffix: string; to: RouteLocationNamedRaw };
}

/** A tab of the page of one licence or one customer. */
export interface RecordTab {
  /** In the address: `?tab=payments`. */
  name: string;
  labelKey: string;
  icon: string;
  permission: string;
  position: number;
  /** Takes `licenseId`, or `customerId` on a customer's page. */
  component(): Promise<Component>;
}

/** What else is known of a ticket's customer, beside it. */
export interface TicketPanel {
  permission: string;
  position: number;
  /** Takes `customerId`. */
  component(): Promise<Component>;
}

/** What else hangs on licences, and is settled in the dialog that revokes them. */
export interface RevocationPart {
  permission: string;
  /** Takes `licenseIds`, `sendEmail` and a model of `RevocationChoice`. */
  component(): Promise<Component>;
}

/** What can be exported, and who may: the database counts its exports under this name. */
export interface ExportSubject {
  subject: string;
  permission: string;
}

/** Shown beside the pages while one is signed in. */
export interface Companion {
  permission: string;
  component(): Promise<Component>;
}

/** A key of a feature's page, for the help that `?` opens. */
export interface Shortcut {
  keys: readonly string[];
  labelKey: string;
}

/** All that the console knows of a feature: `features/<feature>/module.ts` exports it by default. */
export interface FeatureModule {
  /** Its folder's name; its messages stand under it. */
  name: string;
  /** Other rooms whose messages its parts speak with. */
  speaks?: readonly string[];
  /** Pages inside the shell. */
  routes?: RouteRecordRaw[];
  /** Pages outside the shell (sign-in). */
  entryRoutes?: RouteRecordRaw[];
  menu?: MenuEntry | readonly MenuEntry[];
  actions?: readonly PaletteAction[];
  finders?: readonly Finder[];
  licenseTabs?: readonly RecordTab[];
  customerTabs?: readonly RecordTab[];
  ticketPanels?: readonly TicketPanel[];
  revocationPart?: RevocationPart;
  /** The audit's events that are its own, said by `<feature>.events.<type>` and `<feature>.sentences.…`. */
  events?(): Promise<{ default: EventBook }>;
  /** The kinds of alerts that are its own, said by `<feature>.alerts.<kind>`. */
  alerts?(): Promise<{ default: AlertBook }>;
  /** Each said by `<feature>.exported.<subject>`. */
  exports?: readonly ExportSubject[];
  companions?: readonly Companion[];
  /** The keys of its page, shown under its name in the menu to who may open it. */
  shortcuts?(): Promise<{ default: readonly Shortcut[] }>;
}

export const defineModule = (module: FeatureModule): FeatureModule => module;
export const defineFinder = <Row>(finder: Finder<Row>): Finder => finder as Finder<never>;
