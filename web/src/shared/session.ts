import type { Session } from '@supabase/supabase-js';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { toAppError, type AppError } from '@/base/errors.ts';
import { callRpc } from '@/base/api.ts';
import type { Language } from '@/base/i18n.ts';
import { supabase } from '@/base/supabase.ts';
import { usePreferencesStore } from './preferences.ts';

export type Role = 'admin' | 'support' | 'viewer';

export interface CurrentStaff {
  user_id: string;
  email: string;
  display_name: string;
  role: Role;
  locale: Language | null;
  is_active: boolean;
  aal: 'aal1' | 'aal2';
  permissions: string[];
}

/**
 * Where a person stands on the way in. `code`: password given, second factor asked.
 * `enroll`: no second factor yet. `ready`: aal2 and an active staff row; the only stage with pages and data.
 */
export type Stage = 'anonymous' | 'code' | 'enroll' | 'ready';
export type EndReason = 'expired' | 'deactivated';

const aalOf = (session: Session): 'aal1' | 'aal2' => {
  const payload = session.access_token.split('.')[1] ?? '';
  const claims = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as { aal?: string };
  return claims.aal === 'aal2' ? 'aal2' : 'aal1';
};

const ended = 'ended';

/** The token of a session that was ended elsewhere lives on for a while, and is refused. */
async function askWho(): Promise<CurrentStaff | typeof ended | null> {
  try {
    return await callRpc('current_staff', {});
  } catch (error) {
    if (toAppError(error).hint === 'unauthorized') return ended;
    throw error;
  }
}

const hasVerifiedFactor = (session: Session) =>
  (session.user.factors ?? []).some((factor) => factor.status === 'verified');

/** Milliseconds to wait for what another tab has said it wrote. */
const PATIENCE = [50, 200, 500];

/**
 * The session of this browser. Another tab's word of a sign-in may come before its writing: the stores of two tabs are
 * one only after a while.
 */
async function storedSession(announced: Session | null): Promise<Session | null> {
  for (const pause of [...PATIENCE, 0]) {
    const { data, error } = await supabase.auth.getSession();
    if (error && toAppError(error).kind === 'network') throw error;
    if (!pause || !announced || data.session?.access_token === announced.access_token) return data.session;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return null;
}

export const useSessionStore = defineStore('session', () => {
  const session = shallowRef<Session | null>(null);
  const staff = shallowRef<CurrentStaff | null>(null);
  const stage = ref<Stage>('anonymous');
  const endReason = ref<EndReason | null>(null);
  /** Set when the way in could not be worked out (no network); the app shows it with a retry. */
  const failure = shallowRef<AppError | null>(null);
  /**
   * The session ended under a page. The page stays, with what is typed on it, for the person whose it is: `staff` is
   * still theirs. It goes with a choice to leave, with whoever else signs in and with who may not come back.
   */
  const waiting = ref(false);
  const permissions = computed(() => new Set(staff.value?.permissions ?? []));
  const can = (permission: string): boolean => permissions.value.has(permission);

  let starting: Promise<void> | undefined;
  let subscribed = false;
  let resolving: Promise<void> = Promise.resolve();
  let leaving = false;

  function forget(reason: EndReason | null): void {
    waiting.value = reason !== 'deactivated' && !leaving && (waiting.value || (reason === 'expired' && !!staff.value));
    session.value = null;
    if (!waiting.value) staff.value = null;
    stage.value = 'anonymous';
    failure.value = null;
    if (reason) endReason.value = reason;
  }

  async function resolveStage(announced: Session | null): Promise<void> {
    // Read at its turn: the one before may have ended the session it was called for.
    const next = await storedSession(announced);
    if (!next) return forget(stage.value === 'ready' && !leaving ? 'expired' : null);
    const current = await askWho();
    if (!current || current === ended) {
      forget(current ? 'expired' : 'deactivated');
      await supabase.auth.signOut({ scope: 'local' });
      return;
    }
    const reached = aalOf(next) === 'aal2' ? 'ready' : hasVerifiedFactor(next) ? 'code' : 'enroll';
    waiting.value &&= reached !== 'ready' && current.user_id === staff.value?.user_id;
    session.value = next;
    // Who waits has what the page was shown with: at the first level one may do nothing yet.
    if (!waiting.value) staff.value = current;
    stage.value = reached;
    if (stage.value === 'ready') endReason.value = null;
    await supabase.realtime.setAuth();
  }

  /** Reads session and staff again. One after another: two auth events close together must not overtake each other. */
  function refresh(announced: Session | null = null): Promise<void> {
    resolving = resolving
      .then(() => resolveStage(announced))
      .then(
        () => void (failure.value = null),
        (error: unknown) => {
          failure.value = toAppError(error);
        },
      );
    return resolving;
  }

  function listen(): void {
    if (subscribed) return;
    subscribed = true;
    supabase.auth.onAuthStateChange((event, next) => {
      if (event === 'INITIAL_SESSION') return;
      // supabase-js holds its lock during this callback: calling back into it here would wait forever.
      setTimeout(() => {
        if (event === 'SIGNED_OUT') {
          const known = stage.value === 'ready';
          forget(leaving || !known ? null : 'expired');
          leaving = false;
          return;
        }
        const same =
          next && session.value && next.user.id === session.value.user.id && aalOf(next) === aalOf(session.value);
        if (same && event !== 'USER_UPDATED') {
          session.value = next;
          return;
        }
        void refresh(next);
      }, 0);
    });
  }

  /** Resolves when the stage is known. Safe to call on every navigation. */
  function start(): Promise<void> {
    starting ??= (listen(), refresh());
    return starting;
  }

  function retry(): Promise<void> {
    starting = undefined;
    failure.value = null;
    return start();
  }

  let checking: Promise<void> | undefined;
  /** After any refusal: is this person still active staff? Answers coming together are asked once. */
  function recheck(): Promise<void> {
    if (stage.value !== 'ready') return Promise.resolve();
    checking ??= refresh().finally(() => {
      checking = undefined;
    });
    return checking;
  }

  /** Called once when the second factor has just been given. */
  async function completeSignIn(): Promise<void> {
    await refresh();
    if (stage.value !== 'ready') return;
    // What was chosen on another machine.
    if (staff.value?.locale) usePreferencesStore().language = staff.value.locale;
    await callRpc('record_sign_in', {});
  }

  async function signOut(): Promise<void> {
    leaving = true;
    endReason.value = null;
    // Without network the local session still has to go.
    const { error } = await supabase.auth.signOut();
    if (error) await supabase.auth.signOut({ scope: 'local' });
    forget(null);
    leaving = false;
  }

  /** The page was left after all: nothing waits any more. */
  function letGo(): void {
    waiting.value = false;
    if (stage.value === 'anonymous') staff.value = null;
  }

  return {
    session,
    staff,
    stage,
    endReason,
    failure,
    waiting,
    permissions,
    can,
    start,
    retry,
    refresh,
    recheck,
    completeSignIn,
    signOut,
    letGo,
  };
});
