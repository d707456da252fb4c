import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { Secret, TOTP } from 'otpauth';
import type postgres from 'postgres';
import ws from 'ws';
import type { StaffMember } from './load.ts';

export interface StaffAccount {
  email: string;
  password: string;
  totp_secret: string;
  role: string;
}

const people = [
  { email: 'laura@whatautosys.example', name: 'Laura Fontaine', role: 'admin', skills: ['licences', 'infrastructure'] },
  { email: 'marc@whatautosys.example', name: 'Marc Lefèvre', role: 'support', skills: ['whatsapp', 'connexion'] },
  { email: 'sophie@whatautosys.example', name: 'Sophie Girard', role: 'viewer', skills: [] },
] as const;

const password = 'Console-demo-2026!';
function unwrap<Answer extends { data: unknown; error: Error | null }>({
  data,
  error,
}: Answer): Extract<Answer, { error: null }>['data'] {
  if (error) throw error;
  return data;
}

/**
 * Makes the demo accounts the way real ones are made: by the admin API, then each signs in and
 * enrols a second factor. Works on a hosted project as well.
 */
export async function makeStaff(options: {
  apiUrl: string;
  publishableKey: string;
  secretKey: string;
  sql: postgres.Sql;
}): Promise<{ accounts: StaffAccount[]; members: StaffMember[] }> {
  const client = (key: string) =>
    createClient(options.apiUrl, key, {
      auth: { persistSession: false, autoRefreshToken: false, storageKey: crypto.randomUUID() },
      realtime: { transport: ws as never },
    });
  const admin = client(options.secretKey);
  const accounts: StaffAccount[] = [];
  const members: StaffMember[] = [];
  for (const { email, name, role, skills } of people) {
    const userId = await ensureUser(admin, options.sql, email);
    await options.sql`insert into public.staff (user_id, email, display_name, role, skills, invited_at, created_at,
        last_sign_in_at)
      values (${userId}, ${email}, ${name}, ${role}, ${[...skills]}, now() - interval '15 months',
        now() - interval '15 months', now() - interval '1 hour')
      on conflict (user_id) do nothing`;
    accounts.push({ email, password, role, totp_secret: await enrol(client(options.publishableKey), email) });
    members.push({ user_id: userId, email });
  }
  return { accounts, members };
}

/** An earlier seed that was killed may have left the account: it starts over. */
async function ensureUser(admin: SupabaseClient, sql: postgres.Sql, email: string): Promise<string> {
  const [existing] = await sql<[{ id: string }?]>`select id from auth.users where email = ${email}`;
  if (existing) {
    await sql`delete from auth.mfa_factors where user_id = ${existing.id}`;
    unwrap(await admin.auth.admin.updateUserById(existing.id, { password }));
    return existing.id;
  }
  return unwrap(await admin.auth.admin.createUser({ email, password, email_confirm: true })).user.id;
}

async function enrol(client: SupabaseClient, email: string): Promise<string> {
  unwrap(await client.auth.signInWithPassword({ email, password }));
  const factor = unwrap(
    await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'Authenticator', issuer: 'WhatAutosys Admin' }),
  );
  const secret = Secret.fromBase32(factor.totp.secret);
  // The step before the current one, so that a person can use today's code at once; when the
  // clock steps on meanwhile, the server no longer takes it and the current one is used up.
  for (const age of [30_000, 0]) {
    const code = TOTP.generate({ secret, timestamp: Date.now() - age });
    const { error } = await client.auth.mfa.challengeAndVerify({ factorId: factor.id, code });
    if (!error) break;
    if (error.code !== 'mfa_verification_failed' || age === 0) throw error;
  }
  await client.auth.signOut();
  return factor.totp.secret;
}
