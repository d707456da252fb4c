import type { AuthConfig } from '../../project.ts';

const providersOff = [
  'apple',
  'azure',
  'bitbucket',
  'discord',
  'facebook',
  'snapchat',
  'figma',
  'fly',
  'github',
  'gitlab',
  'google',
  'kakao',
  'keycloak',
  'linkedin',
  'linkedin_oidc',
  'notion',
  'spotify',
  'slack',
  'slack_oidc',
  'workos',
  'twitch',
  'twitter',
  'phone',
  'zoom',
];

/** GET /settings. Source: supabase/auth internal/api/settings.go. */
export const settingsOf = (config: AuthConfig) => ({
  external: {
    ...Object.fromEntries(providersOff.map((name) => [name, false])),
    anonymous_users: config.enableAnonymousSignIns,
    email: config.emailEnabled,
  },
  disable_signup: !config.enableSignup,
  mailer_autoconfirm: !config.enableConfirmations,
  phone_autoconfirm: false,
  sms_provider: '',
  saml_enabled: false,
  saml_private_key_next_configured: false,
  passkeys_enabled: false,
});
