import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { loadConfig } from './config.ts';
import { ignoredKeys } from './played-keys.ts';

test('this repository’s own configuration asks for nothing that is not played', () => {
  expect(loadConfig({ portBase: 42_000 }).project.ignoredKeys).toEqual([]);
});

test.each([
  ['[auth]\nenable_signup = true\nenable_anonymous_sign_ins = true', []],
  ['[auth]\njwt_issuer = "x"\nsite_url = "y"', ['auth.jwt_issuer']],
  ['[auth]\nenable_manual_linking = true', ['auth.enable_manual_linking']],
  ['[realtime]\nenabled = false', ['realtime.enabled']],
  ['[db]\nmajor_version = 15', ['db.major_version']],
  ['[auth.external.apple]\nenabled = false\nclient_id = "x"', []],
  [
    '[auth.external.apple]\nenabled = true\nclient_id = "x"',
    ['auth.external.apple.enabled', 'auth.external.apple.client_id'],
  ],
  ['[auth.mfa.phone]\nenroll_enabled = false\nverify_enabled = false\notp_length = 6', []],
  ['[auth.sms]\nenable_signup = true', ['auth.sms.enable_signup']],
  ['[auth.hook.send_email]\nenabled = true\nuri = "x"', ['auth.hook.send_email.enabled', 'auth.hook.send_email.uri']],
  ['[functions.a]\nverify_jwt = false\nstatic_files = ["x"]', ['functions.a.static_files']],
  ['[storage]\nfile_size_limit = "5MB"', ['storage.file_size_limit']],
  ['[db.seed]\nenabled = true\nsql_paths = ["./seed.sql"]', ['db.seed.enabled', 'db.seed.sql_paths']],
  ['[unheard_of]\nkey = 1', ['unheard_of.key']],
])('of %j it names %j', (toml, ignored) => {
  expect(ignoredKeys(parse(toml))).toEqual(ignored);
});
