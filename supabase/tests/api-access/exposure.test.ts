import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from './callers.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

describe('what is not exposed', () => {
  it.each(['private', 'auth', 'vault', 'cron', 'net', 'storage', 'extensions', 'pg_catalog'])(
    'schema %s is out of reach by profile headers',
    async (schema) => {
      for (const table of ['license_secrets', 'users', 'secrets', 'job', 'pg_roles']) {
        const { status, body } = await api.rest('admin', table, 'GET', undefined, {
          'accept-profile': schema,
          'content-profile': schema,
        });
        expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400);
        expect(Array.isArray(body)).toBe(false);
      }
    },
  );

  it.each([
    'rpc/has_permission',
    'rpc/secret',
    'rpc/claim_emails',
    'rpc/check_license',
    'events_default',
    'license_secrets',
    'role_permissions',
    'checkouts',
    'stripe_objects',
    'rpc/receive_stripe_event',
    'rpc/record_mrr_change',
  ])('%s', async (path) => {
    const { status } = await api.rest(
      'admin',
      path,
      path.startsWith('rpc') ? 'POST' : 'GET',
      path.startsWith('rpc') ? {} : undefined,
    );
    expect(status).toBe(404);
  });

  it('switching somebody off counts at the next request, while his token lives', async () => {
    expect((await api.rest('viewer', 'licenses?select=id', 'GET')).body.length).toBeGreaterThan(0);
    await api.home.sql`update public.staff set is_active = false where user_id = ${api.userIds.viewer}`;
    expect((await api.rest('viewer', 'licenses?select=id', 'GET')).body).toEqual([]);
    await api.home.sql`update public.staff set is_active = true where user_id = ${api.userIds.viewer}`;
    // His session was ended: being switched on again does not revive it.
    expect((await api.rest('viewer', 'licenses?select=id', 'GET')).body).toEqual([]);
  });
});
