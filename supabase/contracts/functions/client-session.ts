import { z } from 'zod';
import { instant } from '../scalars.ts';
import { storable } from './shared.ts';

/** Unknown fields are let go. */
export const clientSessionRequest = z.object({
  token: storable(100).meta({ description: 'What stands behind the # of whatautosys://session#…' }),
  hwid: storable(200).meta({ description: 'The hardware identifier of this machine' }),
});

export const clientSessionResponse = z.strictObject({
  session: z.string().meta({ description: 'Stands for licence key and hardware identifier; shown this once' }),
  expires_at: instant.meta({ description: 'When it ends by itself; it may be ended sooner, at any call' }),
  banner: z
    .strictObject({
      customer: z.string().meta({ description: 'In whose name' }),
      staff: z.string().meta({ description: 'Who is logged in' }),
      reason: z.string(),
      ends_at: instant,
    })
    .meta({ description: 'What the product shows as long as the session lasts' }),
});
export type ClientSessionResponse = z.infer<typeof clientSessionResponse>;

export const clientSession = {
  auth: 'none',
  request: clientSessionRequest,
  response: clientSessionResponse,
  errors: [
    'invalid_input',
    'invalid_json',
    'invalid_hwid',
    'session_refused',
    'not_found',
    'method_not_allowed',
    'body_too_large',
    'too_many_requests',
  ],
} as const;
