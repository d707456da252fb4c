import { afterEach, beforeEach, expect, vi } from 'vitest';
import '@/app/messages.ts';
import { networkCalls, refuseNetwork } from './api.ts';
import { unmountAll } from './mounted.ts';
import { forgetFollowed } from './realtime.ts';

// Files share their modules: what one of them puts in another's place is put there for all.
vi.mock('@/shared/realtime.ts', () => import('./realtime.ts'));
vi.mock('@/shared/realtime-broadcast.ts', () => import('./realtime.ts'));

const hasDocument = typeof document !== 'undefined';
if (hasDocument) {
  // happy-dom has no layout: the kit asks for these and gets inert ones.
  globalThis.ResizeObserver ??= class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  };
  Element.prototype.scrollIntoView ??= () => {};
  Element.prototype.hasPointerCapture ??= () => false;
}

beforeEach(() => {
  if (hasDocument) localStorage.clear();
  // What a page of the test before asked as it was left comes late, and is none of this one's.
  networkCalls.splice(0);
  vi.stubGlobal('fetch', refuseNetwork);
});

afterEach(() => {
  unmountAll();
  forgetFollowed();
  if (hasDocument) document.body.innerHTML = '';
  const unmocked = networkCalls.splice(0);
  expect(
    unmocked,
    'requests without an answer: give them one with mockApi({ "POST /rest/v1/rpc/name": () => json })',
  ).toEqual([]);
});
