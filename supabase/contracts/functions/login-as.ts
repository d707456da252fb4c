import { z } from 'zod';
import { id, instant, reason } from '../scalars.ts';

export const loginAsRequest = z.object({ license_id: id, reason });

export const loginAsResponse = z.strictObject({
  session_id: id,
  token: z.string().meta({ description: 'Shown this once; redeemed once, at client-session' }),
  url: z.string().meta({ description: 'Opens the product on the PC at hand; the token is behind the #' }),
  expires_at: instant.meta({ description: 'Until when the token is redeemed: a minute' }),
});
export type LoginAsResponse = z.infer<typeof loginAsResponse>;

export const loginAs = {
  auth: 'staff',
  request: loginAsRequest,
  response: loginAsResponse,
  errors: [
    'invalid_input',
    'invalid_json',
    'reason_required',
    'unauthorized',
    'permission_denied',
    'license_not_found',
    'method_not_allowed',
    'customer_forgotten',
    'customer_is_staff',
    'license_revoked',
    'body_too_large',
  ],
} as const;
