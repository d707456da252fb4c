import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { useTestCluster } from '@whatautosys/local/testing/postgres';

export type Role = 'admin' | 'support' | 'viewer';

export interface Persona {
  userId: string;
  email: string;
  sessionId: string;
  claims: Record<string, unknown>;
}

export interface TestDatabase {
  /** As `postgres`: the rights of migrations and Edge Functions. */
  sql: postgres.Sql;
  url: string;
  adminUrl: string;
  addStaff(role: Role, options?: { aal?: string; isActive?: boolean }): Promise<Persona>;
  /** Runs as that person would through the API: role, claims, headers. Rolled back when `work` throws. */
  as<T>(persona: Persona, work: (sql: postgres.TransactionSql) => Promise<T>): Promise<T>;
  asAnon<T>(work: (sql: postgres.TransactionSql) => Promise<T>): Promise<T>;
  drop(): Promise<void>;
}

/** A migrated database of one's own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const cluster = useTestCluster();
  const { url, adminUrl } = await cluster.createDatabase('migrated');
  // Amounts are bigint: numbers here, as in the answers of the API.
  const bigint = { to: 20, from: [20], serialize: String, parse: Number };
  const sql = postgres(url, { max: 8, onnotice: () => undefined, types: { bigint } }) as unknown as postgres.Sql;
  const asRole = <T>(role: string, claims: object, work: (sql: postgres.TransactionSql) => Promise<T>) =>
    sql.begin(async (transaction) => {
      const headers = { 'x-forwarded-for': '198.51.100.4', 'user-agent': 'vitest' };
      await transaction`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
        set_config('request.headers', ${JSON.stringify(headers)}, true), set_config('role', ${role}, true)`;
      return work(transaction);
    }) as Promise<T>;
  return {
    sql,
    url,
    adminUrl,
    async addStaff(role, { aal = 'aal2', isActive = true } = {}) {
      const [userId, sessionId] = [randomUUID(), randomUUID()];
      const email = `${role}-${userId.slice(0, 8)}@whatautosys.test`;
      await sql`insert into auth.users (id, email, aud, role)
        values (${userId}, ${email}, 'authenticated', 'authenticated')`;
      await sql`insert into auth.sessions (id, user_id, aal) values (${sessionId}, ${userId}, ${aal})`;
      await sql`insert into public.staff (user_id, email, display_name, role, is_active)
        values (${userId}, ${email}, ${email}, ${role}, ${isActive})`;
      return {
        userId,
        email,
        sessionId,
        claims: { sub: userId, role: 'authenticated', aal, session_id: sessionId, email },
      };
    },
    as: (persona, work) => asRole('authenticated', persona.claims, work),
    asAnon: (work) => asRole('anon', { role: 'anon' }, work),
    async drop() {
      await sql.end();
      await cluster.stop();
    },
  };
}

export interface LicenseInput {
  email?: string;
  hwid?: string;
  plan?: string;
  expiresAt?: Date | null;
  sendEmail?: boolean;
}

export interface CreatedLicense {
  id: string;
  license_key: string;
  status: string;
  expires_at: string;
  [column: string]: unknown;
}

/** Creates a licence as the system. */
export async function createLicense(
  sql: postgres.Sql | postgres.TransactionSql,
  input: LicenseInput = {},
): Promise<CreatedLicense> {
  const {
    email = `client-${randomUUID()}@example.com`,
    hwid = 'HWID-12345678',
    plan = 'premium',
    expiresAt = null,
    sendEmail = false,
  } = input;
  const [row] = await (sql as postgres.Sql)<[{ license: CreatedLicense }]>`
    select public.create_license(${email}, ${hwid}, ${plan}, expires_at => ${expiresAt},
      send_email => ${sendEmail}) as license`;
  return row.license;
}

/** Moves a licence's dates into the past by as many days, as time would. */
export async function age(sql: postgres.Sql, licenseId: string, days: number): Promise<void> {
  await sql`update public.licenses set issued_at = issued_at - make_interval(days => ${days}),
    expires_at = expires_at - make_interval(days => ${days})
    where id = ${licenseId}`;
}
