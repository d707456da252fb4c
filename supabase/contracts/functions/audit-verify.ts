import { z } from 'zod';
import { auditRpc } from '../rpc/audit.ts';
import { count, instant } from '../scalars.ts';

/**
 * `forged`: the signature does not prove it; `rewritten`: the event there has another hash; `missing`: the chain has no
 * such event any more; `unreadable`: no seal at all.
 */
export const sealFaults = ['forged', 'rewritten', 'missing', 'unreadable'] as const;

export const sealFault = z.strictObject({
  fault: z.enum(sealFaults),
  sequence: z.int().nullable(),
  /** Found by a copy the caller gave, not by a seal of the database. */
  is_copy: z.boolean(),
});
export type SealFault = z.infer<typeof sealFault>;

export const auditVerifyResponse = z.strictObject({
  ok: z.boolean(),
  chain: auditRpc.audit_verify.result,
  seals: z.strictObject({
    count,
    last_sequence: z.int().nullable(),
    last_signed_at: instant.nullable(),
    /** Events after the last seal: nobody vouches for them yet. */
    unsealed: count,
  }),
  /** Copies that were compared. */
  copies: count,
  /** The first hundred. */
  faults: z.array(sealFault),
});
export type AuditVerifyResponse = z.infer<typeof auditVerifyResponse>;

export const auditVerify = {
  auth: 'staff',
  request: z.object({ copies: z.array(z.string().trim().max(500)).max(200).optional() }),
  response: auditVerifyResponse,
  errors: ['permission_denied'],
} as const;
