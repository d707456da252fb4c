import { z } from 'zod';
import { locales, roles } from '../constants/staff.ts';
import { count, id, instant } from '../scalars.ts';

/** The caller's own account, whole. */
export const ownAccount = z.strictObject({
  user_id: id,
  email: z.string(),
  display_name: z.string(),
  role: z.enum(roles),
  /** Null until one was chosen. */
  locale: z.enum(locales).nullable(),
  sessions: z.array(
    z.strictObject({
      id,
      user_agent: z.string().nullable(),
      ip_address: z.string().nullable(),
      created_at: instant,
      last_seen_at: instant,
      is_current: z.boolean(),
    }),
  ),
  factors: z.array(z.strictObject({ id, name: z.string(), created_at: instant, last_used_at: instant.nullable() })),
  recovery_codes: z.strictObject({ left: count, made_at: instant.nullable() }),
});
export type OwnAccount = z.infer<typeof ownAccount>;

export const accountRpc = {
  get_own_account: { args: z.strictObject({}), result: ownAccount },
  update_own_account: {
    args: z.strictObject({ display_name: z.string().max(120).nullish(), locale: z.enum(locales).nullish() }),
    result: ownAccount,
  },
  /** All others when null; answers how many ended. */
  end_own_sessions: { args: z.strictObject({ session_id: id.nullish() }), result: count },
  rename_own_factor: { args: z.strictObject({ factor_id: id, name: z.string().max(60) }), result: ownAccount },
  remove_own_factor: { args: z.strictObject({ factor_id: id }), result: ownAccount },
  /** Shown this once. */
  make_recovery_codes: { args: z.strictObject({}), result: z.strictObject({ codes: z.array(z.string()) }) },
  recover_with_code: {
    args: z.strictObject({ code: z.string().max(100) }),
    result: z.strictObject({
      outcome: z.enum(['recovered', 'refused', 'too_many']),
      codes_left: count.nullable(),
      retry_after_seconds: count.nullable(),
    }),
  },
} as const;
