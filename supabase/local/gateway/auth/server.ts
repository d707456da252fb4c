import { Hono } from 'hono';
import type { JWK } from 'jose';
import { readBody } from '../body.ts';
import type { GatewayContext, GatewayPart } from '../context.ts';
import { ApiError, renderGatewayError } from '../errors.ts';
import { refuseUnstorable } from '../requests.ts';
import { logout, reauthenticate, recover, signInWithPassword, updateOwnUser } from './account.ts';
import { addAdminRoutes } from './admin-routes.ts';
import { checkBodyTypes } from './body-types.ts';
import { requireUser } from './callers.ts';
import { addDisabledRoutes, refuseGrant } from './disabled.ts';
import { authErrors, renderAuthError } from './errors.ts';
import { challengeFactor, enrollFactor, unenrollFactor } from './factors.ts';
import { followLink, verifyOtp } from './links.ts';
import { PasswordPauses } from './password-pauses.ts';
import { RateLimit } from './rate-limit.ts';
import { refreshSession } from './refresh.ts';
import { settingsOf } from './settings.ts';
import { resendConfirmation, signUp } from './signup.ts';
import type { AuthDeps, AuthEnv, Body } from './types.ts';
import { loadUserJson } from './users.ts';
import { verifyFactor } from './verify-factor.ts';

const bodyLimit = 1_048_576;
/** Reached by links and libraries that carry no API key. */
const openPaths = ['/auth/v1/verify', '/auth/v1/callback', '/auth/v1/authorize', '/auth/v1/.well-known/'];

/** Wrong codes for one person, then one more each twelve minutes: a mailed code has ten digits and lives an hour. */
const mailedCodesPerHour = 5;

export interface AuthPart extends GatewayPart {
  /** When what was answered already has been done. */
  settled(): Promise<void>;
}

/** `/auth/v1`: the Auth API of a hosted project, for e-mail and password with TOTP. */
export function createAuth(ctx: GatewayContext): AuthPart {
  const pending = new Set<Promise<void>>();
  const deps = createDeps(ctx, pending);
  const app = new Hono<AuthEnv>().basePath('/auth/v1');

  app.use(async (c, next) => {
    c.set('origin', { ip: c.env.ip, userAgent: c.req.header('user-agent') ?? '' });
    const isOpen = openPaths.some((path) => c.req.path.startsWith(path));
    c.set('token', isOpen ? '' : tokenOf(ctx, c.req.raw.headers, new URL(c.req.url)));
    c.set('body', await readJson(c.req.raw));
    c.header('cache-control', 'no-store');
    await next();
  });
  app.onError((error, c) => {
    const known = asApiError(error, deps);
    return known.hint ? renderGatewayError(known) : renderAuthError(known, c.req.raw);
  });
  app.notFound((c) => renderAuthError(authErrors.notFound(c.req.path), c.req.raw));

  app.get('/health', (c) =>
    c.json({
      version: 'v2.196.0',
      name: 'GoTrue',
      description: 'GoTrue is a user registration and authentication API',
    }),
  );
  app.get('/settings', (c) => c.json(settingsOf(deps.config)));
  app.get('/.well-known/jwks.json', (c) =>
    c.json<{ keys: JWK[] }>(ctx.keys.jwks, 200, { 'cache-control': 'public, max-age=600' }),
  );
  addAccountRoutes(app, deps);
  addFactorRoutes(app, deps);
  addAdminRoutes(app, deps);
  addDisabledRoutes(app);

  return {
    fetch: async (request, info) => app.fetch(request, { ip: info.ip }),
    settled: async () => void (await Promise.all(pending)),
    stop: async () => void (await Promise.all(pending)),
  };
}

function addAccountRoutes(app: Hono<AuthEnv>, deps: AuthDeps): void {
  app.post('/token', async (c) => {
    const { ip } = c.get('origin');
    const body = c.get('body');
    const grant = c.req.query('grant_type');
    if (grant === 'password') {
      deps.limits.signIn.take(ip);
      return c.json(await signInWithPassword(deps, body, c.get('origin')));
    }
    if (grant !== 'refresh_token') return refuseGrant(grant);
    deps.limits.refresh.take(ip);
    const token = body['refresh_token'];
    if (typeof token !== 'string' || !token) throw authErrors.validation('refresh_token required');
    return c.json(await refreshSession(deps, token, c.get('origin')));
  });
  app.post('/signup', async (c) =>
    c.json(await signUp(deps, c.get('body'), c.req.query('redirect_to'), c.get('origin'))),
  );
  app.post('/resend', async (c) => {
    deps.limits.signIn.take(c.get('origin').ip);
    await resendConfirmation(deps, c.get('body'), c.req.query('redirect_to'));
    return c.json({});
  });
  app.get('/user', async (c) => {
    const { user } = await requireUser(deps, c.get('token'));
    return c.json(await loadUserJson(deps.sql, user));
  });
  app.put('/user', async (c) => {
    const caller = await requireUser(deps, c.get('token'));
    return c.json(await updateOwnUser(deps, caller, c.get('body')));
  });
  app.post('/logout', async (c) => {
    await logout(deps, await requireUser(deps, c.get('token')), c.req.query('scope') ?? 'global');
    return c.body(null, 204);
  });
  app.get('/reauthenticate', async (c) => {
    await reauthenticate(deps, await requireUser(deps, c.get('token')));
    return c.json({});
  });
  app.post('/recover', async (c) => {
    deps.limits.signIn.take(c.get('origin').ip);
    recover(deps, c.get('body'), c.req.query('redirect_to'));
    return c.json({});
  });
  app.post('/verify', async (c) => {
    deps.limits.verify.take(c.get('origin').ip);
    return c.json(await verifyOtp(deps, c.get('body'), c.get('origin')));
  });
  app.get('/verify', async (c) => {
    // Link scanners send HEAD first; a look must not use the link up.
    if (c.req.method === 'HEAD') return c.body(null, 405, { allow: 'GET, POST' });
    deps.limits.verify.take(c.get('origin').ip);
    return c.redirect(await followLink(deps, new URL(c.req.url).searchParams, c.get('origin')), 303);
  });
}

function addFactorRoutes(app: Hono<AuthEnv>, deps: AuthDeps): void {
  const requireNamed = async (token: string) => {
    const caller = await requireUser(deps, token);
    if (caller.user.is_anonymous) throw authErrors.anonymousNotAllowed();
    return caller;
  };
  app.post('/factors', async (c) => {
    return c.json(await enrollFactor(deps, await requireNamed(c.get('token')), c.get('body')));
  });
  app.post('/factors/:id/challenge', async (c) => {
    const { ip } = c.get('origin');
    deps.limits.factors.take(ip);
    const caller = await requireNamed(c.get('token'));
    return c.json(await challengeFactor(deps, caller, c.req.param('id'), ip));
  });
  app.post('/factors/:id/verify', async (c) => {
    deps.limits.factors.take(c.get('origin').ip);
    const caller = await requireNamed(c.get('token'));
    return c.json(await verifyFactor(deps, caller, c.req.param('id'), c.get('body'), c.get('origin')));
  });
  app.delete('/factors/:id', async (c) => {
    return c.json(await unenrollFactor(deps, await requireNamed(c.get('token')), c.req.param('id')));
  });
}

function createDeps(ctx: GatewayContext, pending: Set<Promise<void>>): AuthDeps {
  const { now } = ctx;
  const config = ctx.config.project.auth;
  const perFiveMinutes = (amount: number) => new RateLimit({ burst: amount, perSeconds: 300, now });
  if (!config.emailEnabled)
    ctx.log.warn(
      '[auth.email] enabled = false switches e-mail sign-in off, here as on a hosted project; [auth] ' +
        'enable_signup = false is what refuses new accounts',
    );
  return {
    sql: ctx.sql,
    config,
    apiUrl: ctx.config.urls.api,
    issuer: `${ctx.config.urls.api}/auth/v1`,
    sign: ctx.tokens.sign,
    verify: ctx.verifyToken,
    mail: ctx.mail,
    inBackground(work) {
      const done: Promise<void> = work()
        .catch((error: Error) => ctx.log.error('auth work after an answer failed', { error: error.message }))
        .finally(() => pending.delete(done));
      pending.add(done);
    },
    now,
    log: ctx.log,
    limits: {
      signIn: perFiveMinutes(config.rateLimit.signInSignUps),
      anonymous: new RateLimit({ burst: config.rateLimit.anonymousUsers, perSeconds: 3600, now }),
      refresh: perFiveMinutes(config.rateLimit.tokenRefresh),
      verify: perFiveMinutes(config.rateLimit.tokenVerifications),
      mailedCodes: new RateLimit({ burst: mailedCodesPerHour, perSeconds: 3600, now }),
      factors: new RateLimit({ burst: 30, amount: 15, perSeconds: 60, now }),
      mail: new RateLimit({ burst: config.rateLimit.emailSent, perSeconds: 3600, now }),
      mailPerAddress: new RateLimit({ burst: 1, perSeconds: Math.max(0.001, config.mailMaxFrequency), now }),
      passwords: new PasswordPauses(now),
    },
  };
}

/** The platform's gateway passes an old key, a token itself, on as it is: to Auth that is no Bearer token. */
function tokenOf(ctx: GatewayContext, headers: Headers, url: URL): string {
  const token = ctx.bearerOf(headers, url);
  return headers.has('authorization') || (headers.get('apikey') ?? url.searchParams.get('apikey')) !== token
    ? token
    : '';
}

async function readJson(request: Request): Promise<Body> {
  const bytes = await readBody(request, bodyLimit);
  if (!bytes || bytes.byteLength === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), refuseUnstorable);
  } catch (cause) {
    throw authErrors.badJson(cause);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw authErrors.badJson();
  checkBodyTypes(value as Body);
  return value as Body;
}

function asApiError(error: Error, deps: AuthDeps): ApiError {
  const known = error instanceof ApiError ? error : undefined;
  if (known && known.status < 500) return known;
  const sqlState = (error as { code?: string }).code ?? '';
  if (!known && /^22...$/.test(sqlState)) return authErrors.validation('A value has an invalid form');
  const id = crypto.randomUUID();
  const cause = error.cause instanceof Error ? { cause: error.cause.message } : {};
  deps.log.error('auth request failed', { id, error: error.message, stack: error.stack, ...cause });
  return known ?? authErrors.unexpected(id, error);
}
