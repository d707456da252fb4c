import ui from '@nuxt/ui/vue-plugin';
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { enableAutoUnmount, flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import axe from 'axe-core';
import { createPinia, setActivePinia } from 'pinia';
import { TooltipProvider } from 'reka-ui';
import { afterEach, vi } from 'vitest';
import { defineComponent, h, type Component } from 'vue';
import { createMemoryHistory, createRouter, RouterView, type Router } from 'vue-router';
import { i18n, loadFeatureMessages, translatedFeatures } from '@/app/i18n.ts';
import { useSessionStore, type CurrentStaff } from '../session.ts';

// What is still mounted would answer to the next test's clicks.
enableAutoUnmount(afterEach);

export const PERMISSIONS: Record<CurrentStaff['role'], string[]> = {
  admin: [
    'licenses.read',
    'licenses.create',
    'licenses.update',
    'licenses.revoke',
    'licenses.delete',
    'licenses.change_plan',
    'licenses.transfer',
    'licenses.import',
    'licenses.export',
    'customers.read',
    'staff.read',
    'staff.create',
    'staff.update',
    'staff.delete',
    'audit.read',
    'audit.export',
    'settings.read',
    'settings.update',
    'emails.read',
    'payments.read',
    'payments.refund',
    'payments.export',
    'subscriptions.read',
    'subscriptions.update',
    'subscriptions.manage',
    'subscriptions.export',
    'stripe.read',
    'stripe.sync',
    'alerts.read',
  ],
  support: [
    'licenses.read',
    'licenses.update',
    'licenses.export',
    'customers.read',
    'payments.read',
    'payments.export',
    'subscriptions.read',
    'subscriptions.update',
    'subscriptions.export',
    'alerts.read',
  ],
  viewer: [
    'licenses.read',
    'licenses.export',
    'customers.read',
    'payments.read',
    'payments.export',
    'subscriptions.read',
    'subscriptions.export',
    'alerts.read',
  ],
};

interface MountOptions {
  props?: Record<string, unknown>;
  slots?: Record<string, unknown>;
  /** Signed in with the second factor as this role. */
  role?: CurrentStaff['role'];
  path?: string;
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
  { props = {}, slots = {}, role = 'admin', path = '/' }: MountOptions = {},
): Promise<Mounted> {
  const pinia = createPinia();
  setActivePinia(pinia);
  const session = useSessionStore();
  session.staff = {
    user_id: '00000000-0000-4000-8000-000000000001',
    email: `${role}@example.com`,
    display_name: 'Léa Moreau',
    role,
    is_active: true,
    aal: 'aal2',
    permissions: PERMISSIONS[role],
  };
  session.stage = 'ready';
  i18n.global.locale.value = 'fr';
  await Promise.all(translatedFeatures.map(loadFeatureMessages));
  const subject = defineComponent({ render: () => h(TooltipProvider, () => h(component, props, slots as never)) });
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:path(.*)*', component: subject }],
  });
  await router.push(path);
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } });
  const wrapper = mount(RouterView, {
    attachTo: document.body,
    global: { plugins: [pinia, router, i18n, [VueQueryPlugin, { queryClient }], ui] },
  });
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
