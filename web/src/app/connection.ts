import { isCutOff, offline, onConnectionDoubted } from '@/base/connection.ts';

/** What the server must say something within before it counts as out of reach; a slow line takes a second. */
const SAID_AFTER_MS = 1_500;
const GIVEN_UP_AFTER_MS = 10_000;
const ASKED_EVERY_MS = 3_000;

/** Any answer will do, a refusal too; without its content, no other site's rules are in the way. */
const ask = (signal: AbortSignal) =>
  fetch(`${import.meta.env.VITE_SUPABASE_URL}/auth/v1/health`, { mode: 'no-cors', cache: 'no-store', signal });

/**
 * Keeps `offline` true to life. The browser knows of its own network only: whenever a request gets no answer or the
 * stream breaks, the server is asked, and again until it answers.
 */
export function followConnection(): { look(): void; stop(): void } {
  let asking = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  async function look(): Promise<void> {
    if (isCutOff()) offline.value = true;
    if (asking || stopped) return;
    asking = true;
    clearTimeout(again);
    const aborted = new AbortController();
    const late = setTimeout(() => (offline.value = true), SAID_AFTER_MS);
    const end = setTimeout(() => aborted.abort(), GIVEN_UP_AFTER_MS);
    const answered = await ask(aborted.signal).then(
      () => true,
      () => false,
    );
    clearTimeout(late);
    clearTimeout(end);
    asking = false;
    if (stopped) return;
    offline.value = !answered || isCutOff();
    if (offline.value) again = setTimeout(() => void look(), ASKED_EVERY_MS);
  }

  const deaf = onConnectionDoubted(() => void look());
  if (isCutOff()) void look();
  return {
    look: () => void look(),
    stop() {
      stopped = true;
      clearTimeout(again);
      deaf();
      offline.value = false;
    },
  };
}
