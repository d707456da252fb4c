import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMemoryHistory, createRouter } from 'vue-router';
import { followMissingParts, missingPart } from './missing-part.ts';

const gone = new TypeError('Failed to fetch dynamically imported module');
/** What the bundler does when an import fails. */
function failToLoad(error: Error): Promise<never> {
  dispatchEvent(Object.assign(new Event('vite:preloadError'), { payload: error }));
  return Promise.reject(error);
}
const page = { render: () => null };
const load = vi.fn();
const router = createRouter({
  history: createMemoryHistory(),
  routes: [
    { path: '/', component: page },
    { path: '/gone', component: () => failToLoad(gone) },
    { path: '/broken', component: () => Promise.reject(new Error('a fault of its own')) },
  ],
});
followMissingParts(router, load);
vi.spyOn(console, 'error').mockImplementation(() => undefined);
vi.spyOn(console, 'warn').mockImplementation(() => undefined);
const server = vi.fn<typeof fetch>();

beforeEach(async () => {
  vi.stubGlobal('fetch', server);
  server.mockResolvedValue(new Response(null, { status: 200 }));
  sessionStorage.clear();
  missingPart.value = null;
  await router.push('/');
});
afterEach(() => {
  vi.clearAllMocks();
  vi.unstubAllGlobals();
});

it('loads the page afresh when a deployment took its part away, once', async () => {
  await expect(router.push('/gone?q=a')).rejects.toBe(gone);
  await flushPromises();
  expect(load.mock.calls).toEqual([['/gone?q=a']]);
  await expect(router.push('/gone?q=a')).rejects.toBe(gone);
  await flushPromises();
  expect(load).toHaveBeenCalledTimes(1);
  expect(missingPart.value).toBe('replaced');
});

it('leaves the reload to the person when it is not a page that is missing', async () => {
  await expect(failToLoad(gone)).rejects.toBe(gone);
  await flushPromises();
  expect(load).not.toHaveBeenCalled();
  expect(missingPart.value).toBe('replaced');
});

it('says so when the server cannot be reached, until a page loads again', async () => {
  server.mockRejectedValue(new TypeError('Failed to fetch'));
  await expect(router.push('/gone')).rejects.toBe(gone);
  await flushPromises();
  expect(load).not.toHaveBeenCalled();
  expect(missingPart.value).toBe('unreachable');
  await router.push('/?q=b');
  expect(missingPart.value).toBeNull();
});

it('leaves any other failure of a page alone', async () => {
  await expect(router.push('/broken')).rejects.toThrow('a fault of its own');
  await flushPromises();
  expect(load).not.toHaveBeenCalled();
  expect(missingPart.value).toBeNull();
});
