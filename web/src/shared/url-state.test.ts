import { flushPromises, mount } from '@vue/test-utils';
import { defineComponent, h, type Component } from 'vue';
import { createMemoryHistory, createRouter, RouterView } from 'vue-router';
import { describe, expect, it } from 'vitest';
import {
  choiceParam,
  flagParam,
  intParam,
  listParam,
  optionalFlagParam,
  optionalIntParam,
  textParam,
  uuidParam,
  useUrlState,
} from './url-state.ts';

const params = {
  q: textParam(),
  status: listParam(['active', 'expired'] as const),
  expiring: optionalIntParam({ min: 1 }),
  renew: optionalFlagParam(),
  sort: choiceParam(['email', 'created_at'] as const, 'created_at'),
  desc: flagParam(true),
  page: intParam(1),
};

/** Ends when the other page's code has come. */
let arrive!: () => void;
let opening!: Promise<Component>;

async function at(path: string) {
  opening = new Promise((resolve) => (arrive = () => resolve({ render: () => h('b') })));
  let url!: ReturnType<typeof useUrlState<typeof params>>;
  const Page = defineComponent({ setup: () => ((url = useUrlState(params)), () => h('i')) });
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/list', component: Page },
      { path: '/row', component: () => opening },
    ],
  });
  await router.push(path);
  mount(RouterView, { global: { plugins: [router] } });
  await flushPromises();
  return { url, router };
}

describe('uuidParam()', () => {
  const id = '5f0c1f0e-3f6b-4a39-9a0a-0d2b6f3b7f11';
  it('reads an identifier, a word that is allowed, and nothing', () => {
    expect([id, 'system', '', undefined].map(uuidParam(['system']).read)).toEqual([id, 'system', '', '']);
  });
  it.each(['abc', `${id}0`, "' or 1=1", '%00', '\0'])('reads %j as nobody, not as anybody', (raw) => {
    expect(uuidParam().read(raw)).toBe('00000000-0000-0000-0000-000000000000');
  });
});

it('a text with what no database holds is one that is found nowhere', () => {
  expect(textParam().read('a\0b')).toBe('a\uFFFDb');
  expect(textParam('', 2).read('a💳')).toBe('a\uFFFD');
  expect(textParam().read('💳 é')).toBe('💳 é');
});

describe('useUrlState()', () => {
  it('reads every kind of value', async () => {
    const { url } = await at('/list?q=a%20b&status=active,expired&expiring=7&renew=0&sort=email&desc=0&page=3');
    expect(url.state.value).toEqual({
      q: 'a b',
      status: ['active', 'expired'],
      expiring: 7,
      renew: false,
      sort: 'email',
      desc: false,
      page: 3,
    });
  });
  it('takes the default for what is not allowed', async () => {
    const { url } = await at('/list?status=hacked&expiring=-4&renew=maybe&sort=password&desc=x&page=0');
    expect(url.state.value).toEqual({
      q: '',
      status: [],
      expiring: null,
      renew: null,
      sort: 'created_at',
      desc: true,
      page: 1,
    });
  });
  it('leaves defaults out of the URL and keeps what it does not own', async () => {
    const { url, router } = await at('/list?new=1&page=2');
    await url.patch({ page: 1, q: 'x' });
    expect(router.currentRoute.value.query).toEqual({ new: '1', q: 'x' });
  });
  it('goes back and forward', async () => {
    const { url, router } = await at('/list');
    await url.patch({ status: ['expired'] });
    expect(url.state.value.status).toEqual(['expired']);
    router.back();
    await flushPromises();
    expect(url.state.value.status).toEqual([]);
  });
  it('leaves no history entry while typing', async () => {
    const { url, router } = await at('/list?page=2');
    await url.patch({ q: 'a' }, { replace: true });
    await url.patch({ q: 'ab' }, { replace: true });
    await url.patch({ page: 5 });
    router.back();
    await flushPromises();
    expect(url.state.value.q).toBe('ab');
  });
  it('lets go of what typing asks once a click leads elsewhere', async () => {
    const { url, router } = await at('/list?q=a');
    const opened = router.push('/row');
    await flushPromises();
    await url.patch({ q: 'ab' }, { replace: true });
    arrive();
    await opened;
    expect(router.currentRoute.value.fullPath).toBe('/row');
    await url.patch({ q: 'abc' }, { replace: true });
    expect(router.currentRoute.value.fullPath).toBe('/row');
  });
  it('goes on when the way elsewhere was refused', async () => {
    const { url, router } = await at('/list');
    const stop = router.beforeEach(({ path }) => path !== '/row');
    await router.push('/row');
    stop();
    await url.patch({ q: 'ab' }, { replace: true });
    expect(url.state.value.q).toBe('ab');
  });
  it('saves and loads a view', async () => {
    const { url } = await at('/list?q=x&sort=email');
    const saved = url.queryString.value;
    await url.reset();
    expect(url.state.value.q).toBe('');
    await url.load(saved);
    expect(url.state.value).toMatchObject({ q: 'x', sort: 'email' });
  });
});
