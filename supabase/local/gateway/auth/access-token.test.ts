import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, enrolTotp, signIn, startTestGateway, type TestGateway } from '../testing.ts';

let home: TestGateway;
beforeAll(async () => void (home = await startTestGateway()), 60_000);
afterAll(() => home.stop());

describe('the access token', () => {
  test('is verified by supabase-js with the published keys alone', async () => {
    const client = await signIn(home, await createUser(home));
    const { data } = await client.auth.getClaims();
    expect(data!.header.alg).toBe('ES256');
    expect(data!.claims).toMatchObject({
      role: 'authenticated',
      aal: 'aal1',
      aud: 'authenticated',
      is_anonymous: false,
      phone: '',
    });
    expect(await (await home.request('/auth/v1/.well-known/jwks.json')).text()).not.toContain('"d"');
  });

  test('passes through the custom access token hook, which runs as supabase_auth_admin', async () => {
    const hook = { enabled: true, uri: 'pg-functions://postgres/public/token_hook' };
    const hooked = await startTestGateway({ auth: { customAccessTokenHook: hook } });
    try {
      await hooked.sql.unsafe(`
        create function public.token_hook(event jsonb) returns jsonb language sql as $$
          select jsonb_set(event, '{claims,app_metadata,by}',
            to_jsonb(current_user || ' ' || (event ->> 'authentication_method'))) $$;
        revoke execute on function public.token_hook from public`);
      const user = await createUser(hooked);
      await expect(signIn(hooked, user)).rejects.toMatchObject({
        status: 500,
        message: expect.stringContaining('Error running hook URI'),
      });
      await hooked.sql.unsafe(
        'grant usage on schema public to supabase_auth_admin; grant execute on function public.token_hook to ' +
          'supabase_auth_admin',
      );
      const client = await signIn(hooked, user);
      const by = async () => ((await client.auth.getClaims()).data!.claims.app_metadata as { by: string }).by;
      expect(await by()).toBe('supabase_auth_admin password');
      await client.auth.refreshSession();
      expect(await by()).toBe('supabase_auth_admin token_refresh');
      await enrolTotp(hooked, client);
      expect(await by()).toBe('supabase_auth_admin totp');
    } finally {
      await hooked.stop();
    }
  });
});
