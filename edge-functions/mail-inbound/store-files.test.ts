import { expect, it, vi } from 'vitest';
import { storeFiles } from './store-files.ts';

const files = ['a', 'b', 'c'].map((name) => ({ name, bytes: new TextEncoder().encode(name) }));
const announced = [
  { id: 'first', index: 0 },
  { id: 'third', index: 2 },
];

it('stores what was announced, by its place among all', async () => {
  const put = vi.fn(async () => undefined);
  const settle = vi.fn(async () => undefined);
  await storeFiles(announced, files, { put, remove: vi.fn() }, settle);
  expect(put.mock.calls).toEqual([
    ['first', files[0]!.bytes],
    ['third', files[2]!.bytes],
  ]);
  expect(settle.mock.calls).toEqual(put.mock.calls);
});

it('leaves nothing behind when one cannot be stored, and says so', async () => {
  const put = vi.fn(async (id: string) => {
    if (id === 'third') throw new Error('Storage is down');
  });
  const remove = vi.fn(async () => undefined);
  await expect(storeFiles(announced, files, { put, remove }, async () => undefined)).rejects.toThrow('down');
  expect(remove).toHaveBeenCalledWith(['first', 'third']);
});
