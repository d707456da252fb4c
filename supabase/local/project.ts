import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { HomeError } from './errors.ts';
import { type MailKind, mailKinds, type MailTemplate, plainTemplates, readTemplate } from './mail-templates.ts';
import { ignoredKeys } from './played-keys.ts';

export interface FunctionConfig {
  name: string;
  verifyJwt: boolean;
  /** Absolute paths. */
  entrypoint: string;
  importMap: string | undefined;
}

export interface AuthConfig {
  siteUrl: string;
  redirectUrls: string[];
  /** Seconds. */
  jwtExpiry: number;
  refreshTokenReuseInterval: number;
  enableSignup: boolean;
  enableAnonymousSignIns: boolean;
  emailEnabled: boolean;
  /** Whoever signs up must follow a link first; without it an address is taken as it is given. */
  enableConfirmations: boolean;
  /** Absolute path of a JSON array of private keys, the first of which signs. */
  signingKeysPath: string | undefined;
  minimumPasswordLength: number;
  passwordRequirements: string;
  /** Seconds. */
  otpExpiry: number;
  /** Digits of a mailed code. */
  otpLength: number;
  /** Seconds between two mails to one address. */
  mailMaxFrequency: number;
  mails: Record<MailKind, MailTemplate>;
  securePasswordChange: boolean;
  maxEnrolledFactors: number;
  totp: { enroll: boolean; verify: boolean };
  /** Durations in seconds; undefined means no limit. */
  sessions: { timebox: number | undefined; inactivityTimeout: number | undefined };
  rateLimit: {
    anonymousUsers: number;
    emailSent: number;
    tokenRefresh: number;
    signInSignUps: number;
    tokenVerifications: number;
  };
  customAccessTokenHook: { enabled: boolean; uri: string };
}

export interface ProjectConfig {
  projectId: string;
  exposedSchemas: string[];
  extraSearchPath: string[];
  maxRows: number;
  auth: AuthConfig;
  functions: FunctionConfig[];
  /** Keys of the file that this home does not play, as far as they ask for something else than it does. */
  ignoredKeys: string[];
}

type Table = Record<string, unknown>;

const table = (value: unknown): Table => (value !== null && typeof value === 'object' ? (value as Table) : {});

function read<T extends string | number | boolean>(from: Table, key: string, fallback: T): T {
  const value = from[key];
  if (value === undefined) return fallback;
  const plain = typeof value === 'bigint' ? Number(value) : value;
  if (typeof plain !== typeof fallback)
    throw new HomeError(
      'BAD_CONFIG',
      `supabase/config.toml: ${key} must be a ${typeof fallback}, got ${String(value)}`,
    );
  return plain as T;
}

const strings = (value: unknown, fallback: string[]) => (Array.isArray(value) ? value.map(String) : fallback);

const secondsPerUnit: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** Go's duration text as the CLI takes it: `8h`, `1h30m`. */
export function durationSeconds(text: string): number | undefined {
  if (text === '' || text === '0') return undefined;
  if (!/^(\d+[smh])+$/.test(text)) throw new HomeError('BAD_CONFIG', `supabase/config.toml: not a duration: ${text}`);
  const parts = text.matchAll(/(\d+)([smh])/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (secondsPerUnit[unit ?? 's'] ?? 1), 0);
}

function otpLength(digits: number): number {
  if (Number.isInteger(digits) && digits >= 6 && digits <= 10) return digits;
  throw new HomeError('BAD_CONFIG', `supabase/config.toml: otp_length must be from 6 to 10, got ${digits}`);
}

/** `content_path` counts from the folder that holds the project's, which the CLI takes to be named `supabase`. */
const insideProject = (file: string, folder: string) => file.replace(/^(\.\/)?supabase\//, `${basename(folder)}/`);

function mailTemplates(given: Table, projectFolder: string): Record<MailKind, MailTemplate> {
  const entries = mailKinds.map((kind): [MailKind, MailTemplate] => {
    const own = table(given[kind]);
    const plain = plainTemplates[kind];
    const file = read(own, 'content_path', '');
    return [
      kind,
      {
        subject: read(own, 'subject', plain.subject),
        html: file ? readTemplate(resolve(projectFolder, '..', insideProject(file, projectFolder)), kind) : plain.html,
      },
    ];
  });
  return Object.fromEntries(entries) as Record<MailKind, MailTemplate>;
}

function parseAuth(auth: Table, projectFolder: string): AuthConfig {
  const email = table(auth['email']);
  const mfa = table(auth['mfa']);
  const totp = table(mfa['totp']);
  const limits = table(auth['rate_limit']);
  const sessions = table(auth['sessions']);
  const signingKeysPath = read(auth, 'signing_keys_path', '');
  const hook = table(table(auth['hook'])['custom_access_token']);
  return {
    siteUrl: read(auth, 'site_url', 'http://127.0.0.1:5173'),
    redirectUrls: strings(auth['additional_redirect_urls'], []),
    jwtExpiry: read(auth, 'jwt_expiry', 3600),
    refreshTokenReuseInterval: read(auth, 'refresh_token_reuse_interval', 10),
    enableSignup: read(auth, 'enable_signup', true),
    enableAnonymousSignIns: read(auth, 'enable_anonymous_sign_ins', false),
    // Called `enable_signup` until the CLI's third version.
    emailEnabled: read(email, 'enabled', read(email, 'enable_signup', true)),
    enableConfirmations: read(email, 'enable_confirmations', false),
    signingKeysPath: signingKeysPath ? resolve(projectFolder, signingKeysPath) : undefined,
    minimumPasswordLength: read(auth, 'minimum_password_length', 6),
    passwordRequirements: read(auth, 'password_requirements', ''),
    otpExpiry: read(email, 'otp_expiry', 3600),
    otpLength: otpLength(read(email, 'otp_length', 6)),
    mailMaxFrequency: durationSeconds(read(email, 'max_frequency', '1m')) ?? 0,
    mails: mailTemplates(table(email['template']), projectFolder),
    securePasswordChange: read(email, 'secure_password_change', false),
    maxEnrolledFactors: read(mfa, 'max_enrolled_factors', 10),
    totp: { enroll: read(totp, 'enroll_enabled', false), verify: read(totp, 'verify_enabled', false) },
    sessions: {
      timebox: durationSeconds(read(sessions, 'timebox', '')),
      inactivityTimeout: durationSeconds(read(sessions, 'inactivity_timeout', '')),
    },
    rateLimit: {
      anonymousUsers: read(limits, 'anonymous_users', 30),
      emailSent: read(limits, 'email_sent', 2),
      tokenRefresh: read(limits, 'token_refresh', 150),
      signInSignUps: read(limits, 'sign_in_sign_ups', 30),
      tokenVerifications: read(limits, 'token_verifications', 30),
    },
    customAccessTokenHook: { enabled: read(hook, 'enabled', false), uri: read(hook, 'uri', '') },
  };
}

function parseFunctions(functions: Table, base: string): FunctionConfig[] {
  return Object.entries(functions).flatMap(([name, value]) => {
    const settings = table(value);
    if (!read(settings, 'enabled', true)) return [];
    const importMap = read(settings, 'import_map', '');
    return [
      {
        name,
        verifyJwt: read(settings, 'verify_jwt', true),
        entrypoint: resolve(base, read(settings, 'entrypoint', `functions/${name}/index.ts`)),
        importMap: importMap ? resolve(base, importMap) : undefined,
      },
    ];
  });
}

/** `moves` rewrites origins, so that one file serves homes on other ports. */
export function parseProject(path: string, moves: Record<string, string> = {}): ProjectConfig {
  const text = Object.entries(moves).reduce((all, [from, to]) => all.replaceAll(from, to), readFileSync(path, 'utf8'));
  const toml = table(parse(text));
  const api = table(toml['api']);
  return {
    projectId: read(toml, 'project_id', 'local'),
    exposedSchemas: strings(api['schemas'], ['public', 'graphql_public']),
    extraSearchPath: strings(api['extra_search_path'], ['public', 'extensions']),
    maxRows: read(api, 'max_rows', 1000),
    auth: parseAuth(table(toml['auth']), dirname(path)),
    functions: parseFunctions(table(toml['functions']), dirname(path)),
    ignoredKeys: ignoredKeys(toml),
  };
}
