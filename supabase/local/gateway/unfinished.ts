import type { IncomingMessage } from 'node:http';

/** Fewer than a function has connections, so that callers who never finish leave some to the others. */
const perAddress = 200;

/**
 * Requests whose body has not come yet, oldest first for each address. One too many costs the oldest, never the
 * newest: an honest body is there within milliseconds, and who holds his back must not keep others out.
 */
export class UnfinishedBodies {
  readonly #limit: number;
  readonly #waiting = new Map<string, Set<IncomingMessage>>();

  constructor(limit = perAddress) {
    this.#limit = limit;
  }

  watch(request: IncomingMessage, address: string): void {
    const { headers } = request;
    if (headers['transfer-encoding'] === undefined && !(Number(headers['content-length'] ?? 0) > 0)) return;
    const waiting = this.#waiting.get(address) ?? new Set();
    this.#waiting.set(address, waiting.add(request));
    request.once('close', () => {
      waiting.delete(request);
      if (waiting.size === 0 && this.#waiting.get(address) === waiting) this.#waiting.delete(address);
    });
    if (waiting.size <= this.#limit) return;
    // Those that came whole and wait for an answer alone are no burden of this kind.
    for (const one of waiting) if (one.complete) waiting.delete(one);
    if (waiting.size <= this.#limit) return;
    const [oldest] = waiting;
    waiting.delete(oldest!);
    oldest!.destroy();
  }
}
