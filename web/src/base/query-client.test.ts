import { MutationObserver } from '@tanstack/vue-query';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { offline } from './connection.ts';
import { AppError, describeError } from './errors.ts';
import { createQueryClient, shouldRetry } from './query-client.ts';

const lost = () => new AppError('Failed to fetch', { kind: 'network', code: 'network' });
const key = (error: unknown) =>
  describeError(
    error,
    (each) => each,
    () => true,
  );
const act = (mutationFn: () => Promise<unknown>, client = createQueryClient(() => undefined)) =>
  new MutationObserver(client, { mutationFn }).mutate(undefined);
const without = (network: boolean) => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(!network);

afterEach(() => {
  vi.restoreAllMocks();
  offline.value = false;
});

describe('an act', () => {
  it('is refused at once without a network, sent neither then nor later', async () => {
    without(true);
    const send = vi.fn(() => Promise.resolve('done'));
    await expect(act(send)).rejects.toMatchObject({ code: 'not_sent' });
    without(false);
    dispatchEvent(new Event('online'));
    await Promise.resolve();
    expect(send).not.toHaveBeenCalled();
  });
  it('is sent once when its answer is lost, and said to be done perhaps', async () => {
    const send = vi.fn(() => Promise.reject(lost()));
    const error: unknown = await act(send).catch((cause: unknown) => cause);
    expect(send).toHaveBeenCalledTimes(1);
    expect(key(error)).toBe('errors.answer_lost');
  });
  it('whose answer is lost has what is on screen read again', async () => {
    const client = createQueryClient(() => undefined);
    const read = vi.spyOn(client, 'invalidateQueries');
    await act(() => Promise.reject(lost()), client).catch(() => undefined);
    expect(read).toHaveBeenCalled();
  });
});

describe('a read', () => {
  it('that fails never says that an act may have been done', async () => {
    const client = createQueryClient(() => undefined);
    const error: unknown = await client
      .fetchQuery({ queryKey: ['list'], queryFn: () => Promise.reject(lost()), retry: false })
      .catch((cause: unknown) => cause);
    expect(key(error)).toBe('errors.network');
  });
  it('is asked without a network too, and answers that it failed', async () => {
    without(true);
    const client = createQueryClient(() => undefined);
    await expect(client.fetchQuery({ queryKey: ['list'], queryFn: () => Promise.reject(lost()) })).rejects.toThrow();
  });
  it('is tried again after a broken line or a server failure, not after a long wait or while cut off', () => {
    expect(shouldRetry(0, lost())).toBe(true);
    expect(shouldRetry(2, lost())).toBe(false);
    expect(shouldRetry(0, new AppError('late', { kind: 'network', code: 'timeout' }))).toBe(false);
    offline.value = true;
    expect(shouldRetry(0, lost())).toBe(false);
  });
});
