import { z } from 'zod';
import { type CheckCode, checkCodes } from '../constants/license-check.ts';
import { licenseStatuses } from '../constants/licenses.ts';
import { data, instant, planCode } from '../scalars.ts';
import { storable } from './shared.ts';

/** Unknown fields are let go: older and newer clients ask the same service. */
export const checkRequest = z.object({
  license_key: storable(100).meta({ description: 'As typed: case, spaces and separators do not matter' }),
  hwid: storable(200).meta({ description: 'The hardware identifier of this machine' }),
  client_version: storable(40).nullish().meta({ description: 'Shown to staff' }),
  os: storable(80).nullish().meta({ description: 'Shown to staff' }),
  nonce: storable(200)
    .nullish()
    .meta({ description: 'Comes back in the signed answer: proof that it is not a replay' }),
});
export type CheckRequestBody = z.infer<typeof checkRequest>;

/** With a session for a token the rest is enough. */
export const sessionCheckRequest = checkRequest.omit({ license_key: true, hwid: true });

export const checkedLicense = z.strictObject({
  plan: planCode,
  status: z.enum(licenseStatuses),
  expires_at: instant,
  grace_until: instant.meta({ description: 'Until when it works after its expiry' }),
  entitlements: data.meta({ description: 'What the plan allows; null is no limit' }),
});
export type CheckedLicense = z.infer<typeof checkedLicense>;

export const checkResponse = z.strictObject({
  valid: z.boolean().meta({ description: 'Whether the client may run: what it branches on' }),
  code: z.enum(Object.keys(checkCodes) as [CheckCode, ...CheckCode[]]),
  detail: z.string().meta({ description: 'The code in English' }),
  license: checkedLicense.nullable().meta({ description: 'Null for NOT_FOUND, HWID_MISMATCH and SESSION_ENDED' }),
  nonce: z.string().nullable(),
  checked_at: instant,
  next_check_in_seconds: z.int().positive().meta({ description: 'When to ask again' }),
});
export type CheckResponse = z.infer<typeof checkResponse>;

/** An Ed25519 public key as JWK (RFC 8037). */
export const publicKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
  kid: z.string().meta({ description: 'What `x-key-id` names' }),
  x: z.string().meta({ description: 'The 32 bytes, base64url' }),
});

export const keysResponse = z.strictObject({
  keys: z
    .array(publicKey)
    .meta({ description: 'The one that signs now first; older ones follow while they still prove' }),
});
export type KeysResponse = z.infer<typeof keysResponse>;

export const licenseCheck = {
  auth: 'none',
  request: checkRequest,
  response: checkResponse,
  errors: ['invalid_input', 'invalid_json', 'not_found', 'method_not_allowed', 'body_too_large', 'too_many_requests'],
} as const;
