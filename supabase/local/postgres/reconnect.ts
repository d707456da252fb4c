/**
 * For pools of the home itself: the driver's own waits double with every refused call, up to 20 seconds, and a server
 * that is started again is back in one.
 */
export const reconnectSoon = { backoff: (attempt: number) => Math.min(3 ** attempt / 100, 0.5) };
