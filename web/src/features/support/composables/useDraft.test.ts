import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope, nextTick } from 'vue';
import { ApiFailure, mockApi, type ApiCall } from '@/test/api.ts';
import { useDraft } from './useDraft.ts';

const SAVE = 'POST /rest/v1/ticket_drafts';
let scope: EffectScope;
let calls: ApiCall[];
const draft = (initial = '') => scope.run(() => useDraft('t1', 'public', initial, () => 'm1'))!;
const pause = async () => {
  await vi.advanceTimersByTimeAsync(700);
  await flushPromises();
};

beforeEach(() => {
  vi.useFakeTimers();
  scope = effectScope();
  calls = mockApi({ [SAVE]: () => [{ kind: 'public' }], 'DELETE /rest/v1/ticket_drafts': () => [] });
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

it('keeps what is typed after a pause, once', async () => {
  const { body, state } = draft();
  for (const text of ['B', 'Bo', 'Bonjour']) body.value = text;
  await nextTick();
  expect(state.value).toBe('keeping');
  await pause();
  expect(calls).toEqual([
    { route: SAVE, body: { ticket_id: 't1', kind: 'public', body: 'Bonjour', seen_message_id: 'm1' } },
  ]);
  expect(state.value).toBe('kept');
  await pause();
  expect(calls).toHaveLength(1);
});

it('keeps the last words when the ticket is left before the pause is over', async () => {
  draft('Bon').body.value = 'Bonjour';
  scope.stop();
  await flushPromises();
  expect(calls.map(({ body }) => (body as { body: string }).body)).toEqual(['Bonjour']);
});

it('says that it could not be kept, and tries again', async () => {
  mockApi({ [SAVE]: () => new ApiFailure(500, { code: 'XX000', message: 'x' }) });
  const { body, state } = draft();
  body.value = 'Bonjour';
  await pause();
  expect(state.value).toBe('unkept');
  calls = mockApi({ [SAVE]: () => [{ kind: 'public' }] });
  body.value = 'Bonjour !';
  await pause();
  expect([state.value, calls.length]).toEqual(['kept', 1]);
});

it('an empty one is thrown away', async () => {
  const { body } = draft('Bonjour');
  body.value = '';
  await pause();
  expect(calls.map(({ route }) => route)).toEqual(['DELETE /rest/v1/ticket_drafts']);
});

it('is not kept while it is being sent: the answer has dropped it by then', async () => {
  const { body, sending, dropped } = draft();
  body.value = 'Bonjour';
  await sending(async () => {
    await pause();
    dropped();
  });
  await pause();
  expect(calls).toEqual([]);
});

it('what was sent is not kept again', async () => {
  const { body, dropped } = draft('Bonjour');
  dropped();
  await pause();
  expect([body.value, calls.length]).toEqual(['', 0]);
});
