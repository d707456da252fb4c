import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, signIn, startTestGateway, type TestGateway } from '../testing.ts';

let home: TestGateway;
beforeAll(async () => void (home = await startTestGateway()), 60_000);
afterAll(() => home.stop());

describe('administration of users', () => {
  test('creates, finds, pages through, changes and deletes users', async () => {
    const admin = home.admin.auth.admin;
    const user = await createUser(home, { user_metadata: { full_name: 'Grace Hopper' }, app_metadata: { team: 'a' } });
    const { data: found } = await admin.getUserById(user.id);
    expect(found.user).toMatchObject({
      email: user.email,
      phone: '',
      app_metadata: { provider: 'email', team: 'a' },
      role: 'authenticated',
      is_anonymous: false,
    });
    expect(found.user!.identities).toMatchObject([
      { provider: 'email', identity_data: { email: user.email, sub: user.id } },
    ]);
    await createUser(home);
    const page = await admin.listUsers({ page: 1, perPage: 1 });
    expect(page.data.users).toHaveLength(1);
    expect(page.data).toMatchObject({ nextPage: 2, total: expect.any(Number) });
    expect((await admin.listUsers({ page: 999, perPage: 1 })).data.users).toEqual([]);
    const changed = await admin.updateUserById(user.id, {
      email: `new-${user.email}`,
      user_metadata: { full_name: null },
      app_metadata: { team: 'b' },
    });
    expect(changed.data.user).toMatchObject({ email: `new-${user.email}`, app_metadata: { team: 'b' } });
    expect((await admin.deleteUser(user.id)).error).toBeNull();
    expect((await admin.getUserById(user.id)).error).toMatchObject({ code: 'user_not_found', status: 404 });
  });

  test('refuses taken addresses, malformed input and unknown users with codes', async () => {
    const admin = home.admin.auth.admin;
    const user = await createUser(home);
    const other = await createUser(home);
    expect((await admin.createUser({ email: user.email.toUpperCase() })).error).toMatchObject({
      code: 'email_exists',
      status: 422,
    });
    expect((await admin.updateUserById(other.id, { email: user.email })).error).toMatchObject({ code: 'email_exists' });
    expect((await admin.createUser({})).error).toMatchObject({ code: 'validation_failed', status: 400 });
    expect((await admin.createUser({ email: 'no-at-sign' })).error).toMatchObject({ code: 'validation_failed' });
    expect((await admin.updateUserById(user.id, { ban_duration: 'soon' })).error).toMatchObject({
      code: 'validation_failed',
    });
    expect((await admin.updateUserById(user.id, { password: 'weak' })).error).toMatchObject({ code: 'weak_password' });
    expect((await admin.deleteUser(crypto.randomUUID())).error).toMatchObject({ code: 'user_not_found' });
  });

  test('ends every session when an administrator sets a password', async () => {
    const user = await createUser(home);
    const client = await signIn(home, user);
    await home.admin.auth.admin.updateUserById(user.id, { password: 'Set-by-the-admin-42' });
    expect((await client.auth.getUser()).error).not.toBeNull();
  });

  test('soft deletion keeps the row, hides the person and ends the sessions', async () => {
    const user = await createUser(home);
    const client = await signIn(home, user);
    expect((await home.admin.auth.admin.deleteUser(user.id, true)).error).toBeNull();
    const [row] = await home.sql`select email, encrypted_password, deleted_at from auth.users where id = ${user.id}`;
    expect(row).toMatchObject({ encrypted_password: null, deleted_at: expect.any(Date) });
    expect(row!['email']).not.toContain('@');
    expect((await client.auth.getUser()).error).not.toBeNull();
    await expect(signIn(home, user)).rejects.toMatchObject({ code: 'invalid_credentials' });
  });

  test('is closed to the publishable key, to users and to secret keys in a browser', async () => {
    const client = await signIn(home, await createUser(home));
    expect((await client.auth.admin.listUsers()).error).toMatchObject({ code: 'not_admin', status: 403 });
    expect((await home.client().auth.admin.createUser({ email: 'x@example.test' })).error).toMatchObject({
      code: 'not_admin',
    });
    const browser = home.client(home.ctx.keys.secret, { 'user-agent': 'Mozilla/5.0 (X11)' });
    expect((await browser.auth.admin.listUsers()).error).toMatchObject({ status: 401 });
    const legacy = home.client(home.ctx.keys.legacyServiceRole);
    expect((await legacy.auth.admin.listUsers()).error).toBeNull();
    expect((await home.client(home.ctx.keys.legacyAnon).auth.admin.listUsers()).error).toMatchObject({
      code: 'not_admin',
    });
  });
});
