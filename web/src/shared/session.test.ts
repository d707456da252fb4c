import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';

const auth = vi.hoisted(() => ({
  session: null as unknown,
  listener: (_event: string, _session: unknown) => {},
  signedOut: [] as unknown[],
}));
vi.mock('@/base/supabase.ts', async (original) => {
  const { supabase, ...rest } = await original<typeof import('@/base/supabase.ts')>();
  Object.assign(supabase.auth, {
    getSession: async () => ({ data: { session: auth.session }, error: null }),
    signOut: async (options: unknown) => ((auth.session = null), auth.signedOut.push(options), { error: null }),
    onAuthStateChange: (listener: typeof auth.listener) => ((auth.listener = listener), { data: { subscription: {} } }),
  });
  supabase.realtime.setAuth = async () => {};
  return { ...rest, supabase };
});
const { useSessionStore } = await import('./session.ts');

const token = (aal: string) => `x.${btoa(JSON.stringify({ aal }))}.y`;
const session = (aal: string, verified: boolean) => ({
  access_token: token(aal),
  user: { id: 'u1', factors: verified ? [{ status: 'verified' }] : [{ status: 'unverified' }] },
});
const staff = {
  user_id: 'u1',
  email: 'a@example.com',
  display_name: 'A',
  role: 'support',
  locale: null,
  is_active: true,
  aal: 'aal2',
  permissions: ['licenses.read'],
};
const CURRENT = 'POST /rest/v1/rpc/current_staff';
const over = new ApiFailure(401, {
  code: 'PT401',
  hint: 'unauthorized',
  message: 'The session has ended',
  details: '',
});
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('useSessionStore()', () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    auth.signedOut.length = 0;
    auth.session = null;
  });

  it('is anonymous without a session, and asks nothing', async () => {
    const store = useSessionStore();
    await store.start();
    expect(store.stage).toBe('anonymous');
    expect(store.can('licenses.read')).toBe(false);
  });
  it.each([
    ['aal1', true, 'code'],
    ['aal1', false, 'enroll'],
    ['aal2', true, 'ready'],
  ])('is at %s with a verified factor %s: %s', async (aal, verified, stage) => {
    mockApi({ [CURRENT]: () => staff });
    auth.session = session(aal, verified);
    const store = useSessionStore();
    await store.start();
    expect(store.stage).toBe(stage);
  });
  it('shows out who is no active staff, and says why', async () => {
    mockApi({ [CURRENT]: () => null });
    auth.session = session('aal2', true);
    const store = useSessionStore();
    await store.start();
    expect(store.stage).toBe('anonymous');
    expect(store.endReason).toBe('deactivated');
    expect(auth.signedOut).toEqual([{ scope: 'local' }]);
  });
  it.each(['aal1', 'aal2'])('is told at %s of a session that was ended elsewhere, on arrival', async (aal) => {
    mockApi({ [CURRENT]: () => over });
    auth.session = session(aal, true);
    const arriving = useSessionStore();
    await arriving.start();
    expect([arriving.stage, arriving.endReason]).toEqual(['anonymous', 'expired']);
    expect(auth.signedOut).toEqual([{ scope: 'local' }]);
  });
  it('is told of it while a page is open', async () => {
    auth.session = session('aal2', true);
    mockApi({ [CURRENT]: () => staff });
    const open = useSessionStore();
    await open.start();
    expect(open.stage).toBe('ready');
    mockApi({ [CURRENT]: () => over });
    await open.recheck();
    expect([open.stage, open.endReason]).toEqual(['anonymous', 'expired']);
  });
  it('asks nothing more in the name of a session just found to be over', async () => {
    mockApi({ [CURRENT]: () => staff });
    auth.session = session('aal2', true);
    const store = useSessionStore();
    await store.start();
    const calls = mockApi({ [CURRENT]: () => over });
    await Promise.all([store.refresh(), store.refresh()]);
    expect(calls).toHaveLength(1);
    expect([store.stage, store.endReason, store.failure]).toEqual(['anonymous', 'expired', null]);
  });
  it('waits for what another tab has written, whose word comes before it', async () => {
    mockApi({ [CURRENT]: () => staff });
    auth.session = session('aal1', true);
    const store = useSessionStore();
    await store.start();
    expect(store.stage).toBe('code');
    const written = session('aal2', true);
    auth.listener('MFA_CHALLENGE_VERIFIED', written);
    await turn();
    expect(store.stage).toBe('code');
    auth.session = written;
    await vi.waitFor(() => expect(store.stage).toBe('ready'));
  });
  it('does not take the first level, which may do nothing yet, for an ended session', async () => {
    mockApi({ [CURRENT]: () => ({ ...staff, aal: 'aal1', permissions: [] }) });
    auth.session = session('aal1', true);
    const store = useSessionStore();
    await store.start();
    expect([store.stage, store.endReason]).toEqual(['code', null]);
  });
  it('keeps the session and reports a failure when the server does not answer', async () => {
    mockApi({
      [CURRENT]: () => new ApiFailure(503, { code: '', message: 'Failed to fetch', hint: null, details: null }),
    });
    auth.session = session('aal2', true);
    const store = useSessionStore();
    await store.start();
    expect(store.failure).not.toBeNull();
    expect(auth.signedOut).toEqual([]);
    mockApi({ [CURRENT]: () => staff });
    await store.retry();
    expect(store.stage).toBe('ready');
    expect(store.failure).toBeNull();
  });
  it('says that the session has ended when it ends elsewhere, not when one signs out', async () => {
    mockApi({ [CURRENT]: () => staff });
    auth.session = session('aal2', true);
    const store = useSessionStore();
    await store.start();
    auth.listener('SIGNED_OUT', null);
    await turn();
    expect(store.stage).toBe('anonymous');
    expect(store.endReason).toBe('expired');
  });
  describe('when it ends under a page', () => {
    const ended = async () => {
      mockApi({ [CURRENT]: () => staff });
      auth.session = session('aal2', true);
      const store = useSessionStore();
      await store.start();
      auth.session = null;
      auth.listener('SIGNED_OUT', null);
      await turn();
      return store;
    };
    const comesBack = (as: object, aal = 'aal2') => {
      mockApi({ [CURRENT]: () => ({ ...staff, ...as }) });
      auth.session = session(aal, true);
    };
    it('waits with the page for the same person, through both steps', async () => {
      const store = await ended();
      expect([store.waiting, store.stage, store.can('licenses.read')]).toEqual([true, 'anonymous', true]);
      comesBack({ permissions: [] }, 'aal1');
      await store.refresh();
      expect([store.waiting, store.stage, store.can('licenses.read')]).toEqual([true, 'code', true]);
      comesBack({});
      await store.refresh();
      expect([store.waiting, store.stage]).toEqual([false, 'ready']);
    });
    it('waits for nobody else, nor after a choice to leave', async () => {
      const store = await ended();
      comesBack({ user_id: 'u2', permissions: [] }, 'aal1');
      await store.refresh();
      expect([store.waiting, store.staff?.user_id]).toEqual([false, 'u2']);
      setActivePinia(createPinia());
      const other = await ended();
      await other.signOut();
      expect([other.waiting, other.staff]).toEqual([false, null]);
    });
  });
  it('asks once when several refusals come together', async () => {
    const calls = mockApi({ [CURRENT]: () => staff });
    auth.session = session('aal2', true);
    const store = useSessionStore();
    await store.start();
    await Promise.all([store.recheck(), store.recheck(), store.recheck()]);
    expect(calls).toHaveLength(2);
  });
});
