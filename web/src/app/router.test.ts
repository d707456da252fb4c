import { describe, expect, it } from 'vitest';
import { createPinia, setActivePinia } from 'pinia';
import { nextTick } from 'vue';
import { createMemoryHistory, createRouter } from 'vue-router';
import { useSessionStore } from '@/shared/session.ts';
import { decide, followStage, landingPage, safeNext } from './router.ts';

const route = (path: string, access?: 'staff' | 'session' | 'guest' | 'public', query: Record<string, string> = {}) => {
  const search = new URLSearchParams(query).toString();
  return {
    name: path.slice(1).replace('/', '-'),
    fullPath: search ? `${path}?${search}` : path,
    query,
    meta: access ? { access } : {},
  };
};

describe('decide()', () => {
  it('opens a page only after the second factor', () => {
    expect(decide(route('/licences'), 'ready')).toBe(true);
    expect(decide(route('/licences'), 'anonymous')).toEqual({ name: 'login', query: { next: '/licences' } });
    expect(decide(route('/licences'), 'code')).toEqual({ name: 'login-code', query: { next: '/licences' } });
    expect(decide(route('/licences'), 'enroll')).toEqual({ name: 'login-enroll', query: { next: '/licences' } });
  });
  it('treats a route that says nothing as a staff page', () => {
    expect(decide(route('/anything'), 'anonymous')).not.toBe(true);
  });
  it('keeps filters in the way back', () => {
    expect(decide(route('/licences', undefined, { status: 'expired' }), 'anonymous')).toEqual({
      name: 'login',
      query: { next: '/licences?status=expired' },
    });
  });
  it('leaves the way in once inside, to where one was going', () => {
    expect(decide(route('/login', 'guest', { next: '/licences?page=2' }), 'ready')).toBe('/licences?page=2');
    expect(decide(route('/login', 'guest'), 'ready')).toEqual({ name: 'home' });
  });
  it('does not let a step be skipped', () => {
    expect(decide(route('/login/enroll', 'guest'), 'code')).toMatchObject({ name: 'login-code' });
    expect(decide(route('/login/code', 'guest'), 'anonymous')).toMatchObject({ name: 'login' });
  });
  it('never moves from public pages', () => {
    for (const stage of ['anonymous', 'code', 'enroll', 'ready'] as const)
      expect(decide(route('/login/reset', 'public'), stage)).toBe(true);
  });
});

describe('safeNext()', () => {
  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/login',
    '',
    null,
    ['/a'],
  ])('refuses %j', (value) => {
    expect(safeNext(value)).toBeNull();
  });
  it('takes a path of this site', () => {
    expect(safeNext('/licences?page=2')).toBe('/licences?page=2');
  });
});

describe('landingPage()', () => {
  it('shows the page of an e-mailed link that landed on the start page', () => {
    expect(landingPage({ type: 'invite', errorCode: null }, '/')).toBe('login-invitation');
    expect(landingPage({ type: 'recovery', errorCode: null }, '/')).toBe('login-reset');
    expect(landingPage({ type: null, errorCode: 'otp_expired' }, '/')).toBe('login-invitation');
    expect(landingPage(null, '/')).toBeNull();
    expect(landingPage({ type: 'recovery', errorCode: null }, '/login/reset')).toBeNull();
  });
});

describe('followStage()', () => {
  const page = { render: () => null };
  const setUp = () => {
    setActivePinia(createPinia());
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: '/licences', component: page },
        { path: '/login', name: 'login', component: page, meta: { access: 'public' } },
        { path: '/login/invitation', component: page, meta: { access: 'public' } },
      ],
    });
    followStage(router);
    return { router, session: useSessionStore() };
  };
  it('starts afresh after a sign-out', async () => {
    const { router, session } = setUp();
    session.stage = 'ready';
    await router.push('/licences');
    session.stage = 'anonymous';
    await expect.poll(() => router.currentRoute.value.fullPath).toBe('/login');
  });
  it('comes back to the page when the session ended by itself', async () => {
    const { router, session } = setUp();
    session.stage = 'ready';
    await router.push('/licences');
    session.endReason = 'expired';
    session.stage = 'anonymous';
    await expect.poll(() => router.currentRoute.value.fullPath).toBe('/login?next=/licences');
  });
  it('does not decide before the first page is known: an invitation keeps its page', async () => {
    const { router, session } = setUp();
    session.stage = 'enroll';
    await nextTick();
    await router.push('/login/invitation');
    expect(router.currentRoute.value.path).toBe('/login/invitation');
  });
});
