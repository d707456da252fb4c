import { expect, it } from 'vitest';
import { mockApi } from '@/test/api.ts';
import { callRpc } from './api.ts';

it('callRpc() asks for a text that no database holds as one that is found nowhere', async () => {
  const calls = mockApi({ 'POST /rest/v1/rpc/find_anything': () => ({}) });
  await callRpc('find_anything', { query: 'a\0b \uD800 💳' });
  expect(calls[0]?.body).toEqual({ query: 'a\uFFFDb \uFFFD 💳' });
});
