import { randomUUID } from 'node:crypto';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { Secret, TOTP } from 'otpauth';
import type postgres from 'postgres';
import ws from 'ws';
import type { Target } from './target.ts';

/** Policies change how a query can run: what the owner of the tables measures is not what staff wait for. */
export async function becomeStaff(sql: postgres.Sql): Promise<void> {
  const [member] = await sql<
    [{ user_id: string; email: string }]
  >`select user_id, email from public.staff where role = 'viewer' and is_active limit 1`;
  const session_id = randomUUID();
  await sql`insert into auth.sessions (id, user_id, aal) values (${session_id}, ${member.user_id}, 'aal2')`;
  const claims = { sub: member.user_id, email: member.email, role: 'authenticated', aal: 'aal2', session_id };
  await sql`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, false)`;
  await sql`set role authenticated`;
}

/** One of the staff as his browser is: signed in through the API, with the second factor. */
export async function signIn(
  home: Pick<Target, 'apiUrl' | 'publishableKey' | 'staff'>,
  role: string,
): Promise<SupabaseClient> {
  const { email, password, totp_secret } = home.staff.find((account) => account.role === role)!;
  const client = createClient(home.apiUrl, home.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { transport: ws as never },
  });
  const { error } = await client.auth.signInWithPassword({ email, password });
  if (error) throw error;
  const factors = await client.auth.mfa.listFactors();
  const code = TOTP.generate({ secret: Secret.fromBase32(totp_secret) });
  const verified = await client.auth.mfa.challengeAndVerify({ factorId: factors.data!.totp[0]!.id, code });
  if (verified.error) throw verified.error;
  return client;
}

/** What PostgreSQL itself takes for an expression, in milliseconds. */
export async function timeInDatabase(sql: postgres.Sql, expression: string): Promise<number> {
  const rows = await sql.unsafe(`explain (analyze, timing off, format json) select ${expression}`);
  const [plan] = rows[0]!['QUERY PLAN'] as [{ 'Execution Time': number }];
  return plan['Execution Time'];
}

/** A call of a public function, its arguments by name. */
export function callOf(name: string, args: Record<string, unknown>): string {
  const list = Object.entries(args).map(([key, value]) => `${key} => ${literal(value)}`);
  return `public.${name}(${list.join(', ')})`;
}

export function literal(value: unknown): string {
  if (Array.isArray(value)) return `array[${value.map(literal).join(', ')}]`;
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
