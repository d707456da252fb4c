import { authErrors } from './errors.ts';
import type { Body } from './types.ts';

const texts = [
  'email',
  'new_email',
  'phone',
  'password',
  'password_hash',
  'role',
  'id',
  'aud',
  'ban_duration',
  'type',
  'token',
  'token_hash',
  'nonce',
  'redirect_to',
  'refresh_token',
  'auth_code',
  'code_verifier',
  'code_challenge',
  'code_challenge_method',
  'channel',
  'factor_type',
  'friendly_name',
  'issuer',
  'challenge_id',
  'code',
];
const booleans = ['email_confirm', 'phone_confirm', 'should_soft_delete', 'create_user'];
const objects = ['data', 'user_metadata', 'app_metadata'];

/** Auth reads every body into fields of these types; another type is no body at all, null is nothing. */
export function checkBodyTypes(body: Body): void {
  const mistyped = (names: string[], isRight: (value: unknown) => boolean) =>
    names.find((name) => body[name] !== undefined && body[name] !== null && !isRight(body[name]));
  const wrong =
    mistyped(texts, (value) => typeof value === 'string') ??
    mistyped(booleans, (value) => typeof value === 'boolean') ??
    mistyped(objects, (value) => typeof value === 'object' && !Array.isArray(value));
  if (wrong) throw authErrors.badJson(new TypeError(`${wrong} has another type`));
}
