import type { Hono } from 'hono';
import { authErrors } from './errors.ts';
import type { AuthEnv } from './types.ts';

/** What hosted Auth can do and this product does not use: answered as a project that has it switched off. */
export function addDisabledRoutes(app: Hono<AuthEnv>): void {
  for (const path of ['/otp', '/magiclink'] as const) {
    app.post(path, () => {
      throw authErrors.disabled('otp_disabled', 'Signups not allowed for otp');
    });
  }
  for (const path of ['/authorize', '/callback'] as const) {
    app.all(path, () => {
      throw authErrors.validation('Unsupported provider: provider is not enabled');
    });
  }
  for (const path of ['/sso', '/sso/*', '/admin/sso/*'] as const) {
    app.all(path, () => {
      throw authErrors.disabled('saml_provider_disabled', 'SAML 2.0 is disabled', 404);
    });
  }
  for (const path of ['/passkeys', '/passkeys/*'] as const) {
    app.all(path, () => {
      throw authErrors.disabled('passkey_disabled', 'Passkeys are disabled', 404);
    });
  }
  for (const path of ['/oauth/*', '/admin/oauth/*'] as const) {
    app.all(path, () => {
      throw authErrors.disabled('feature_disabled', 'OAuth server is disabled', 404);
    });
  }
  for (const path of ['/user/identities/authorize', '/user/identities/:id'] as const) {
    app.on(path.endsWith(':id') ? 'DELETE' : 'GET', path, () => {
      throw authErrors.disabled('manual_linking_disabled', 'Manual linking is disabled', 404);
    });
  }
}

const grantsSwitchedOff: Record<string, [code: string, message: string]> = {
  pkce: ['flow_state_not_found', 'invalid flow state, no valid flow state found'],
  id_token: ['provider_disabled', 'Provider is not enabled'],
  web3: ['web3_provider_disabled', 'Web3 provider is disabled'],
};

export function refuseGrant(grant: string | undefined): never {
  const off = grantsSwitchedOff[grant ?? ''];
  throw off ? authErrors.disabled(off[0], off[1]) : authErrors.unsupportedGrant();
}
