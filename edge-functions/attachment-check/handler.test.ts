import { expect, it } from 'vitest';
import type { AttachmentStore } from '../_shared/attachments.ts';
import { createHandler } from './handler.ts';

const gif = new TextEncoder().encode('GIF89a\x01\x00\x01\x00');

function world(objects: Record<string, Uint8Array | Error>, waiting: string[], gone: string[]) {
  const settled: unknown[] = [];
  const removed: string[] = [];
  const store = {
    async sample(id: string) {
      const found = objects[id];
      if (found instanceof Error) throw found;
      return found ? { bytes: found, size: found.length } : null;
    },
    async remove(ids: readonly string[]) {
      removed.push(...ids);
    },
  } as unknown as AttachmentStore;
  const handler = createHandler({
    store,
    queue: {
      claim: async () => waiting,
      settle: async (...told) => void settled.push(told),
      removed: async () => [...gone],
      forget: async (ids) => void gone.splice(0, ids.length),
    },
    cronSecret: 'cron',
    log: () => undefined,
  });
  const call = async (secret = 'cron') => {
    const request = new Request('http://f/', { method: 'POST', headers: { 'x-cron-secret': secret } });
    const response = await handler(request);
    return [response.status, await response.json()];
  };
  return { call, settled, removed, gone };
}

it('reads what arrived, and one that cannot be read costs no other its turn', async () => {
  const { call, settled } = world({ a: new Error('reset'), b: gif }, ['a', 'b', 'c'], []);
  expect(await call()).toEqual([200, { checked: 2, removed: 0, failed: 1 }]);
  expect(settled).toEqual([['b', gif.length, 'image/gif']]);
});

it('removes what nothing names any more, and forgets it only then', async () => {
  const { call, removed, gone } = world({}, [], ['x', 'y']);
  expect(await call()).toEqual([200, { checked: 0, removed: 2, failed: 0 }]);
  expect([removed, gone]).toEqual([['x', 'y'], []]);
});

it('is for the schedule alone', async () => {
  expect((await world({}, [], []).call('other'))[0]).toBe(401);
});
