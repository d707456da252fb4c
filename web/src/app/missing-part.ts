import { ref } from 'vue';
import type { Router } from 'vue-router';

/** Why a part of the console could not be loaded: a deployment took it away, or the server cannot be reached. */
export type MissingPart = 'replaced' | 'unreachable';
export const missingPart = ref<MissingPart | null>(null);

const RELOADED_AT = 'whatautosys.reloaded_at';
const ONE_RELOAD_PER_MS = 60_000;

const serverAnswers = () =>
  fetch(import.meta.env.BASE_URL, { method: 'HEAD', cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );

/** One reload, not a loop of them, should the part be missing from the newest deployment too. */
function mayReload(now: number): boolean {
  if (now - Number(sessionStorage.getItem(RELOADED_AT) ?? 0) < ONE_RELOAD_PER_MS) return false;
  sessionStorage.setItem(RELOADED_AT, String(now));
  return true;
}

/**
 * Parts of the console load when first wanted, under names that change with every deployment: a tab open since before
 * one asks for parts that are gone. On the way to another page that page is loaded afresh; anything else, a dialog say,
 * sets `missingPart` and leaves the reload to the person, who may have typed something.
 */
export function followMissingParts(
  router: Router,
  load: (address: string) => void = (address) => location.assign(address),
): void {
  /** Each failure, and whether the server answered after it. */
  const missing = new WeakMap<object, Promise<boolean>>();
  addEventListener('vite:preloadError', ({ payload }) => {
    const answers = serverAnswers();
    missing.set(payload, answers);
    void answers.then((there) => (missingPart.value = there ? 'replaced' : 'unreachable'));
  });
  router.onError(async (error: unknown, to) => {
    const answers = typeof error === 'object' && error ? missing.get(error) : undefined;
    if ((await answers) && mayReload(Date.now())) load(router.resolve(to.fullPath).href);
  });
  // The connection may have come back: what was missing then may be there now.
  router.afterEach((_to, _from, failure) => {
    if (!failure && missingPart.value === 'unreachable') missingPart.value = null;
  });
}
