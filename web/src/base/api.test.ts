import { describe, expect, it } from 'vitest';
import { mockApi } from '@/test/api.ts';
import { callFunction, callRpc, unwrap } from './api.ts';
import { supabase } from './supabase.ts';

const ODD = 'a\0b \uD800 \uDC00 💳 \\u0000';
const STORED = 'a\uFFFDb \uFFFD \uFFFD 💳 \\u0000';

it('callRpc() asks for a text that no database holds as one that is found nowhere', async () => {
  const calls = mockApi({ 'POST /rest/v1/rpc/find_anything': () => ({}) });
  await callRpc('find_anything', { query: 'a\0b \uD800 💳' });
  expect(calls[0]?.body).toEqual({ query: 'a\uFFFDb \uFFFD 💳' });
});

describe('what no database holds is written as unreadable', () => {
  it('by a call, however deep it stands', async () => {
    const calls = mockApi({ 'POST /rest/v1/rpc/import_licenses': () => ({}) });
    const rows = [{ row: 2, notes: ODD, email: 'a@b.fr' }];
    await callRpc('import_licenses', { rows, file_hash: 'x' });
    expect(calls[0]?.body).toMatchObject({ rows: [{ row: 2, notes: STORED, email: 'a@b.fr' }] });
  });
  it('into a table', async () => {
    const calls = mockApi({
      'PATCH /rest/v1/licenses': () => [],
      'POST /rest/v1/saved_views': () => [],
    });
    await unwrap(supabase.from('licenses').update({ notes: ODD }).eq('id', 'x').select('id'));
    await unwrap(
      supabase
        .from('saved_views')
        .insert({ name: ODD, page: 'licenses', query: { [ODD]: ODD } as never })
        .select('id'),
    );
    expect(calls.map(({ body }) => body)).toEqual([
      { notes: STORED },
      { name: STORED, page: 'licenses', query: { [STORED]: STORED } },
    ]);
  });
  it('by an Edge Function', async () => {
    const calls = mockApi({ 'POST /functions/v1/staff-admin': () => ({}) });
    await callFunction('staff-admin', { staff: [{ name: ODD }], count: 1, none: null });
    expect(calls[0]?.body).toEqual({ staff: [{ name: STORED }], count: 1, none: null });
  });
  it('but a password goes as it was typed', async () => {
    const calls = mockApi({
      'POST /auth/v1/token': () => ({ access_token: 'x', refresh_token: 'x', expires_in: 1, user: { id: 'x' } }),
      'POST /auth/v1/logout': () => null,
    });
    await supabase.auth.signInWithPassword({ email: 'a@b.fr', password: ODD });
    expect(calls[0]?.body).toMatchObject({ password: ODD });
    await supabase.auth.signOut({ scope: 'local' });
  });
});
