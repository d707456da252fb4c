type Table = Record<string, unknown>;

/** Any value of theirs is played. */
const played = [
  'project_id',
  'api.schemas',
  'api.extra_search_path',
  'api.max_rows',
  'auth.site_url',
  'auth.additional_redirect_urls',
  'auth.jwt_expiry',
  'auth.signing_keys_path',
  'auth.refresh_token_reuse_interval',
  'auth.enable_signup',
  'auth.enable_anonymous_sign_ins',
  'auth.minimum_password_length',
  'auth.password_requirements',
  'auth.rate_limit.anonymous_users',
  'auth.rate_limit.email_sent',
  'auth.rate_limit.token_refresh',
  'auth.rate_limit.sign_in_sign_ups',
  'auth.rate_limit.token_verifications',
  'auth.email.enabled',
  'auth.email.enable_signup',
  'auth.email.enable_confirmations',
  'auth.email.secure_password_change',
  'auth.email.otp_expiry',
  'auth.email.otp_length',
  'auth.email.template.*.subject',
  'auth.email.template.*.content_path',
  'auth.mfa.max_enrolled_factors',
  'auth.mfa.totp.enroll_enabled',
  'auth.mfa.totp.verify_enabled',
  'auth.sessions.timebox',
  'auth.sessions.inactivity_timeout',
  'auth.hook.custom_access_token.enabled',
  'auth.hook.custom_access_token.uri',
  'functions.*.enabled',
  'functions.*.verify_jwt',
  'functions.*.entrypoint',
  'functions.*.import_map',
];

/** The home does this and nothing else. */
const fixed: Record<string, unknown> = {
  'api.enabled': true,
  'api.port': 54321,
  'db.port': 54322,
  'db.major_version': 17,
  'db.migrations.enabled': true,
  'db.migrations.schema_paths': [],
  'realtime.enabled': true,
  'studio.enabled': true,
  'studio.port': 54323,
  'local_smtp.enabled': true,
  'local_smtp.port': 54324,
  'inbucket.enabled': true,
  'inbucket.port': 54324,
  'storage.enabled': true,
  'storage.file_size_limit': '50MiB',
  'edge_runtime.enabled': true,
  'edge_runtime.deno_version': 2,
  'auth.enabled': true,
  'auth.enable_refresh_token_rotation': true,
  'auth.enable_manual_linking': false,
  'auth.email.double_confirm_changes': true,
  'auth.email.max_frequency': '1m',
};

/** A table whose switches are all off asks for nothing, whatever else stands in it. */
const switches = ['enabled', 'enable_signup', 'enroll_enabled', 'verify_enabled'];
/** Limits on what is never on. */
const withoutEffect = new Set(['auth.rate_limit.sms_sent', 'auth.rate_limit.web3']);

const isTable = (value: unknown): value is Table =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);

const patterns = played.map((key) => new RegExp(`^${key.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`));
const isPlayed = (path: string) => patterns.some((pattern) => pattern.test(path));

/** What `config.toml` says and this home does not do, by path and in the file's order. */
export function ignoredKeys(toml: Table, prefix = ''): string[] {
  return Object.entries(toml).flatMap(([key, value]) => {
    const path = prefix + key;
    // For other homes than this one.
    if (path === 'remotes') return [];
    if (isTable(value)) return isOff(value, path) ? [] : ignoredKeys(value, `${path}.`);
    if (isPlayed(path) || withoutEffect.has(path)) return [];
    const plain = typeof value === 'bigint' ? Number(value) : value;
    return path in fixed && JSON.stringify(fixed[path]) === JSON.stringify(plain) ? [] : [path];
  });
}

function isOff(table: Table, path: string): boolean {
  const present = switches.filter((name) => name in table);
  const isOurs = present.some((name) => `${path}.${name}` in fixed || isPlayed(`${path}.${name}`));
  return present.length > 0 && !isOurs && present.every((name) => table[name] === false);
}
