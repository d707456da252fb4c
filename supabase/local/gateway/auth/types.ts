import type { Sql, TransactionSql } from 'postgres';
import type { AuthConfig } from '../../project.ts';
import type { Claims, GatewayContext, Mail } from '../context.ts';
import type { PasswordPauses } from './password-pauses.ts';
import type { RateLimit } from './rate-limit.ts';

export type Db = Sql | TransactionSql;

export interface UserRow {
  id: string;
  aud: string;
  role: string;
  email: string | null;
  phone: string | null;
  encrypted_password: string | null;
  email_confirmed_at: Date | null;
  invited_at: Date | null;
  last_sign_in_at: Date | null;
  banned_until: Date | null;
  deleted_at: Date | null;
  raw_app_meta_data: Record<string, unknown> | null;
  raw_user_meta_data: Record<string, unknown> | null;
  is_anonymous: boolean;
  created_at: Date;
  updated_at: Date;
  [column: string]: unknown;
}

export interface SessionRow {
  id: string;
  user_id: string;
  aal: 'aal1' | 'aal2' | 'aal3';
  factor_id: string | null;
  created_at: Date;
  refreshed_at: Date | null;
  not_after: Date | null;
}

export interface FactorRow {
  id: string;
  user_id: string;
  friendly_name: string | null;
  factor_type: 'totp' | 'phone' | 'webauthn';
  status: 'verified' | 'unverified';
  secret: string | null;
}

/** The caller of a user route: token, user and live session, all three checked. */
export interface Caller {
  claims: Claims;
  user: UserRow;
  session: SessionRow;
}

export interface Origin {
  ip: string;
  userAgent: string;
}

/** What every route needs; made once by `createAuth`. */
export interface AuthDeps {
  sql: Sql;
  config: AuthConfig;
  /** Public address of this API, without a trailing slash. */
  apiUrl: string;
  issuer: string;
  sign(claims: Claims): Promise<string>;
  verify(jwt: string): Promise<Claims>;
  mail(message: Mail): Promise<void>;
  /** For what nobody waits for: a failure is logged, and the home stops after it. */
  inBackground(work: () => Promise<void>): void;
  now(): Date;
  log: GatewayContext['log'];
  limits: {
    signIn: RateLimit;
    anonymous: RateLimit;
    refresh: RateLimit;
    verify: RateLimit;
    /** Per person, whatever the address: mailed codes that may be tried. */
    mailedCodes: RateLimit;
    factors: RateLimit;
    mail: RateLimit;
    mailPerAddress: RateLimit;
    passwords: PasswordPauses;
  };
}

export type Body = Record<string, unknown>;

export interface AuthEnv {
  Bindings: { ip: string };
  Variables: { body: Body; origin: Origin; token: string };
}
