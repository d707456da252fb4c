import type { TransactionSql } from 'postgres';
import type { Claims } from '../context.ts';
import { ApiError } from '../errors.ts';
import { authErrors } from './errors.ts';
import type { AuthDeps, UserRow } from './types.ts';

const uriShape = /^pg-functions:\/\/[^/]+\/([a-z_][a-z0-9_$]*)\/([a-z_][a-z0-9_$]*)$/i;

const requiredClaims: Record<string, 'string' | 'number' | 'boolean'> = {
  aud: 'string',
  exp: 'number',
  iat: 'number',
  sub: 'string',
  email: 'string',
  phone: 'string',
  role: 'string',
  aal: 'string',
  session_id: 'string',
  is_anonymous: 'boolean',
};

/** Runs the custom access token hook in the caller's transaction, hence as `supabase_auth_admin`. */
export async function applyTokenHook(
  deps: AuthDeps,
  tx: TransactionSql,
  user: UserRow,
  claims: Claims,
  method: string,
  ip: string,
): Promise<Claims> {
  const hook = deps.config.customAccessTokenHook;
  if (!hook.enabled) return claims;
  const [, schema, name] = uriShape.exec(hook.uri) ?? [];
  if (!schema || !name) throw authErrors.hookFailed(`Error running hook URI: ${hook.uri}`);
  const input = {
    metadata: {
      uuid: crypto.randomUUID(),
      time: deps.now().toISOString(),
      name: 'customize-access-token',
      ip_address: ip,
    },
    user_id: user.id,
    claims,
    authentication_method: method,
  };
  const output = await callHook(tx, hook.uri, `${schema}.${name}`, input);
  if (output.error?.message) throw authErrors.hookFailed(output.error.message, output.error.http_code ?? 500);
  if (!output.claims) throw authErrors.hookFailed('output claims field is missing');
  for (const [claim, type] of Object.entries(requiredClaims)) {
    if (typeof output.claims[claim] !== type)
      throw authErrors.hookFailed(`output claims do not conform to the expected schema: ${claim} must be a ${type}`);
  }
  return output.claims;
}

interface HookOutput {
  claims?: Claims;
  error?: { http_code?: number; message?: string };
}

async function callHook(tx: TransactionSql, uri: string, name: string, input: unknown): Promise<HookOutput> {
  try {
    await tx`select set_config('statement_timeout', '2s', true)`;
    const [row] = await tx<{ output: HookOutput | null }[]>`
      select ${tx(name)}(${tx.json(input as never)}::jsonb) as output`;
    await tx`select set_config('statement_timeout', '0', true)`;
    return row?.output ?? {};
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw authErrors.hookFailed(`Error running hook URI: ${uri}`, 500, cause);
  }
}
