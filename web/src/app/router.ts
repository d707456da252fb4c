import { watch } from 'vue';
import {
  createRouter,
  createWebHistory,
  START_LOCATION,
  type RouteLocationNormalized,
  type RouteLocationRaw,
  type RouteRecordRaw,
  type Router,
  type RouterHistory,
} from 'vue-router';
import { useSessionStore, type Stage } from '@/shared/session.ts';
import { i18n } from '@/base/i18n.ts';
import { landing, type Landing } from '@/base/supabase.ts';
import type { FeatureModule } from '@/shared/module.ts';
import { entryPage, entryPagesOf, menuFor, modules, pagesOf } from './modules.ts';

/** Only a path of this site: `//host` and `/\host` would leave it. */
export function safeNext(value: unknown): string | null {
  if (typeof value !== 'string' || !/^\/(?![/\\])/.test(value)) return null;
  return value.startsWith('/login') ? null : value;
}

/** Where a navigation must go instead, or true. Pure, so that every combination can be tested. */
export function decide(
  to: Pick<RouteLocationNormalized, 'meta' | 'name' | 'fullPath' | 'query'>,
  stage: Stage,
): RouteLocationRaw | true {
  const access = to.meta.access ?? 'staff';
  if (access === 'public') return true;
  if (stage === 'ready') return access === 'staff' ? true : (safeNext(to.query.next) ?? { name: 'home' });
  if (access === 'staff') {
    const next = safeNext(to.fullPath);
    return { name: entryPage[stage], query: next && next !== '/' ? { next } : {} };
  }
  return to.name === entryPage[stage] ? true : { name: entryPage[stage], query: to.query };
}

/** An e-mailed link whose own address was not allowed lands on the start page with its fragment: show its page. */
export function landingPage(from: Landing | null, path: string): string | null {
  if (!from || path.startsWith('/login/')) return null;
  if (from.type === 'recovery') return 'login-reset';
  return from.type === 'invite' || from.errorCode ? 'login-invitation' : null;
}

/** The first page, when no feature has one. */
const homeOf = (from: readonly FeatureModule[]): RouteRecordRaw[] =>
  from.some(({ routes }) => routes?.some(({ name }) => name === 'home'))
    ? []
    : [
        {
          path: '',
          name: 'home',
          component: () => import('./shell/NoAccessPage.vue'),
          beforeEnter: () => menuFor(useSessionStore().can, from)[0]?.to ?? true,
          meta: { titleKey: 'shell.no_access.title' },
        },
      ];

export function createAppRouter(
  history: RouterHistory = createWebHistory(),
  from: readonly FeatureModule[] = modules,
): Router {
  const router = createRouter({
    history,
    routes: [
      ...entryPagesOf(from),
      {
        path: '/',
        component: () => import('./shell/ConsoleShell.vue'),
        children: [
          ...homeOf(from),
          ...pagesOf(from),
          {
            path: ':path(.*)*',
            name: 'not-found',
            component: () => import('./shell/NotFoundPage.vue'),
            meta: { titleKey: 'shell.not_found.title' },
          },
        ],
      },
    ],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  });

  let arriving = true;
  router.beforeEach(async (to) => {
    const session = useSessionStore();
    await session.start();
    if (session.failure) return true;
    const first = arriving;
    arriving = false;
    const elsewhere = first ? landingPage(landing, to.path) : null;
    if (elsewhere) return { name: elsewhere, replace: true };
    // The router took down the address before supabase-js consumed it: the tokens must not stay in it.
    if (first && landing) return { path: to.path, replace: true };
    return decide(to, session.stage);
  });
  return router;
}

/** Moves on when the stage changes without a navigation: expiry, sign-out or sign-in in another tab. */
export function followStage(router: Router): void {
  const session = useSessionStore();
  watch([() => session.stage, () => session.waiting] as const, ([stage, waiting]) => {
    // Before the first navigation there is no page to leave; its guard decides.
    if (router.currentRoute.value === START_LOCATION) return;
    const verdict = decide(router.currentRoute.value, stage);
    if (verdict === true || waiting) return;
    // Who signs out on purpose starts afresh; who is put out comes back to the same page.
    void router.replace(stage === 'anonymous' && !session.endReason ? { name: 'login' } : verdict);
  });
  router.afterEach((to) => {
    if (session.waiting && (to.meta.access ?? 'staff') !== 'staff') session.letGo();
  });
}

export function followTitle(router: Router): void {
  const { locale } = i18n.global;
  const t = (key: string) => i18n.global.t(key);
  watch(
    // By path: a page may put a better title over this one, which a change of its filters must not undo.
    [() => router.currentRoute.value.path, locale],
    () => {
      const { titleKey } = router.currentRoute.value.meta;
      const title = titleKey ? t(titleKey) : '';
      document.title = title ? `${title} · ${t('app.name')}` : t('app.name');
    },
    { immediate: true },
  );
}
