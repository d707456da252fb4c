import ui from '@nuxt/ui/vue-plugin';
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import axe from 'axe-core';
import { createPinia, setActivePinia } from 'pinia';
import { TooltipProvider } from 'reka-ui';
import { vi } from 'vitest';
import { rolePermissions } from '../../../supabase/contracts/permissions.generated.ts';
import { defineComponent, h, type Component } from 'vue';
import { createMemoryHistory, createRouter, RouterView, type Router, type RouteRecordRaw } from 'vue-router';
import { modules as allModules } from '@/app/modules.ts';
import { i18n, loadMessages, setLanguage, translatedRooms } from '@/base/i18n.ts';
import { loadAlertKinds } from '@/features/alerts/words.ts';
import { eventBooksQuery } from '@/shared/event-kinds.ts';
import type { FeatureModule } from '@/shared/module.ts';
import { planKeys, type Plan } from '@/shared/plans.ts';
import { MODULES } from '@/shared/registry.ts';
import { useSessionStore, type CurrentStaff } from '@/shared/session.ts';
import { willUnmount } from './mounted.ts';

/** As the database grants them; a test may take one away. */
export const PERMISSIONS: Record<CurrentStaff['role'], string[]> = {
  admin: [...rolePermissions.admin],
  support: [...rolePermissions.support],
  viewer: [...rolePermissions.viewer],
};

const plan = (code: string, name: string, monthly_price_cents: number): Plan => ({
  code,
  name,
  monthly_price_cents,
  currency: 'EUR',
  grace_days: 7,
  entitlements: {},
  is_active: true,
});
export const PLANS: Plan[] = [
  plan('starter', 'Starter', 1_900),
  plan('premium', 'Premium', 2_900),
  plan('enterprise', 'Enterprise', 9_900),
];

/** Every page by its name, all of them the subject: links have their addresses. */
const named = (modules: readonly FeatureModule[], subject: Component): RouteRecordRaw[] =>
  modules
    .flatMap((module) => [...(module.routes ?? []), ...(module.entryRoutes ?? [])])
    .map(({ path, name, children }): RouteRecordRaw => ({
      path: path.startsWith('/') ? path : `/${path}`,
      ...(name ? { name } : {}),
      component: children ? RouterView : subject,
      children: (children ?? []).map((child) => ({ path: child.path, name: child.name!, component: subject })),
    }));

interface MountOptions {
  props?: Record<string, unknown>;
  slots?: Record<string, unknown>;
  /** Signed in with the second factor as this role. */
  role?: CurrentStaff['role'];
  path?: string;
  /** The features there are; all by default. */
  modules?: readonly FeatureModule[];
}

export interface Mounted {
  wrapper: VueWrapper;
  router: Router;
  queryClient: QueryClient;
}

/** Waits for what comes with code loaded on demand; a busy machine may take long over that. */
export const until = <T>(holds: () => T): Promise<T> => vi.waitFor(holds, { timeout: 10_000, interval: 20 });

/** Mounts a component as the application does: kit, translations, queries, a router and a signed-in person. */
export async function mountApp(
  component: Component,
  { props = {}, slots = {}, role = 'admin', path = '/', modules = allModules }: MountOptions = {},
): Promise<Mounted> {
  const pinia = createPinia();
  setActivePinia(pinia);
  const session = useSessionStore();
  session.staff = {
    user_id: '00000000-0000-4000-8000-000000000001',
    email: `${role}@example.com`,
    display_name: 'Léa Moreau',
    role,
    locale: null,
    is_active: true,
    aal: 'aal2',
    permissions: PERMISSIONS[role],
  };
  session.stage = 'ready';
  await setLanguage('fr');
  await loadMessages(...translatedRooms());
  const subject = defineComponent({ render: () => h(TooltipProvider, () => h(component, props, slots as never)) });
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      ...named(modules, subject),
      { path: '/', name: 'home', component: subject },
      { path: '/:path(.*)*', component: subject },
    ],
  });
  await router.push(path);
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } });
  // Read long before, by whatever page was shown first.
  queryClient.setQueryData(planKeys.all, PLANS);
  await queryClient.ensureQueryData(eventBooksQuery(modules));
  queryClient.setQueryData(['alert_kinds'], await loadAlertKinds(modules));
  const wrapper = mount(RouterView, {
    attachTo: document.body,
    global: {
      provide: { [MODULES as symbol]: modules },
      plugins: [pinia, router, i18n, [VueQueryPlugin, { queryClient }], ui],
    },
  });
  willUnmount(wrapper as VueWrapper);
  await flushPromises();
  return { wrapper: wrapper as VueWrapper, router, queryClient };
}

/** WCAG A and AA rules that need no layout (colour contrast does: the browser journeys check it). */
export async function axeViolations(root: Element = document.body): Promise<string[]> {
  const { violations } = await axe.run(root, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'],
    rules: { 'color-contrast': { enabled: false } },
  });
  return violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' | ')}`);
}
