import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { doubtConnection, offline } from '@/base/connection.ts';
import { followConnection } from './connection.ts';

const server = vi.fn<(input: unknown, init: { signal: AbortSignal }) => Promise<Response>>();
const refused = () => Promise.reject(new TypeError('Failed to fetch'));
const answers = () => Promise.resolve(new Response(null, { status: 401 }));
let connection: ReturnType<typeof followConnection>;

beforeEach(() => {
  vi.useFakeTimers();
  server.mockReset().mockImplementation(answers);
  vi.stubGlobal('fetch', server);
  connection = followConnection();
});
afterEach(() => {
  connection.stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('followConnection()', () => {
  it('asks nothing as long as nothing is in doubt', async () => {
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server).not.toHaveBeenCalled();
    expect(offline.value).toBe(false);
  });
  it('says at once what the browser says', () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    connection.look();
    expect(offline.value).toBe(true);
  });
  it('believes a refused request only once the server cannot be reached, and asks until it can', async () => {
    doubtConnection();
    await vi.advanceTimersByTimeAsync(0);
    expect(offline.value).toBe(false);
    server.mockImplementation(refused);
    doubtConnection();
    await vi.advanceTimersByTimeAsync(0);
    expect(offline.value).toBe(true);
    server.mockImplementation(answers);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(offline.value).toBe(false);
  });
  it('says so within two seconds when nothing comes back at all', async () => {
    server.mockImplementation(() => new Promise(() => undefined));
    doubtConnection();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(offline.value).toBe(true);
  });
  it('takes a slow answer for what it is', async () => {
    server.mockImplementation(() => new Promise((resolve) => setTimeout(() => void answers().then(resolve), 4_000)));
    doubtConnection();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(offline.value).toBe(false);
  });
});
