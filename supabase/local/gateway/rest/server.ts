import { App } from '@supabase/lite';
import { readBody } from '../body.ts';
import type { Credential, GatewayContext, GatewayPart, RequestInfo } from '../context.ts';
import { ApiError, renderGatewayError } from '../errors.ts';
import { isReadablePath } from '../requests.ts';
import { authenticatorUrl, createLiteConnection } from './connection.ts';
import { renderDatabaseError, renderRestError, restErrors } from './errors.ts';
import { requestScope, useVerifiedClaims, type RequestScope } from './scope.ts';

const bodyLimit = 16 * 1024 * 1024;
const apiRoles = new Set(['anon', 'authenticated', 'service_role']);

export interface RestPart extends GatewayPart {
  /** Reads the schema again at the next request. `notify pgrst, 'reload schema'` does the same. */
  reload(): void;
}

/** `/rest/v1`: lite's PostgREST dialect, behind our token check and with PostgREST's session and errors. */
export async function createRest(ctx: GatewayContext): Promise<RestPart> {
  const { exposedSchemas, extraSearchPath, maxRows } = ctx.config.project;
  const url = await authenticatorUrl(ctx.sql, ctx.config.db.adminUrl);
  const rest = await createLiteConnection(ctx, { url, schemas: exposedSchemas, catchErrors: true });
  const app = new App({
    connection: rest.connection,
    api: { schemas: exposedSchemas, extra_search_path: extraSearchPath, max_rows: maxRows, pg_safe_update: true },
    auth: { enabled: false, jwt_secret: ctx.keys.liteSecret },
    storage: { enabled: false },
    studio: { enabled: false },
    options: { server: { apiKeys: false, disableStudio: true, middlewares: [useVerifiedClaims] } },
  });
  await app.init();
  // Also after a lost connection: what was told meanwhile is caught up.
  const listener = await ctx.sql.listen('pgrst', rest.reload, rest.reload);

  return {
    reload: rest.reload,
    async fetch(request, info) {
      try {
        return await answer(ctx, app, request, info);
      } catch (error) {
        if (error instanceof ApiError)
          return error.code.startsWith('PGRST') || /^\d/.test(error.code)
            ? renderRestError(error)
            : renderGatewayError(error);
        const id = crypto.randomUUID();
        ctx.log.error('rest request failed', { id, error: String((error as Error).stack ?? error) });
        return renderRestError(restErrors.unexpected(id));
      }
    },
    async stop() {
      // Without a database there is nothing to unlisten, and no reason not to stop.
      await listener.unlisten().catch(() => undefined);
      await rest.close();
    },
  };
}

async function answer(ctx: GatewayContext, app: App, request: Request, info: RequestInfo): Promise<Response> {
  const url = new URL(request.url);
  const { claims } = await resolve(ctx, request.headers, url);
  const role = claims.role ?? 'anon';
  if (!apiRoles.has(role)) throw restErrors.forbiddenRole(role);
  if (!isReadablePath(url.pathname)) throw restErrors.invalidPath();
  const body = await readBody(request, bodyLimit);

  const headers = new Headers(request.headers);
  headers.delete('apikey');
  url.searchParams.delete('apikey');
  // Claims about the caller that only a proxy may make; here there is none.
  for (const name of ['forwarded', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip']) headers.delete(name);
  headers.set('x-forwarded-for', info.ip);
  const scope: RequestScope = {
    claims,
    method: request.method,
    path: url.pathname.slice('/rest/v1'.length),
    headers: JSON.stringify(headersForSql(headers)),
  };
  headers.delete('authorization');
  // lite reads no arguments from a HEAD request to a function.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const forwarded = new Request(url, { method, headers, body });
  const response = await requestScope.run(scope, async () => app.fetch(forwarded, { peerAddress: null }));
  const answered = scope.error
    ? renderDatabaseError(scope.error, role === 'anon')
    : response.status === 500
      ? await explainFailure(ctx, scope, response)
      : response;
  return request.method === 'HEAD' ? withoutBody(answered) : answered;
}

/** lite answers 500, with JavaScript's own words, to a query string it cannot read: PostgREST says 400. */
async function explainFailure(ctx: GatewayContext, scope: RequestScope, response: Response): Promise<Response> {
  const text = await response.text();
  const { code, message = '' } = parseFailure(text);
  const isOurs = scope.isUnderstood || code !== 'SUP' || /ECONN|CONNECT/.test(message);
  if (!isOurs) return renderRestError(restErrors.unreadable(message.replace(/^\w*Error: /, '')));
  const id = crypto.randomUUID();
  ctx.log.error('rest request failed', { id, path: scope.path, error: text });
  return renderRestError(restErrors.unexpected(id));
}

function parseFailure(text: string): { code?: string; message?: string } {
  try {
    return (JSON.parse(text) ?? {}) as { code?: string; message?: string };
  } catch {
    return {};
  }
}

async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel();
  return new Response(null, { status: response.status, headers: response.headers });
}

async function resolve(ctx: GatewayContext, headers: Headers, url: URL): Promise<Credential> {
  try {
    return await ctx.resolveCredential(headers, url);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'jwt_expired') throw restErrors.expired(error);
    if (error.code === 'bad_jwt') throw restErrors.invalidToken(error);
    throw error;
  }
}

/** SQL may log what it reads here: credentials stay out. */
function headersForSql(headers: Headers): Record<string, string> {
  const { authorization: _token, cookie: _cookie, ...rest } = Object.fromEntries(headers);
  return rest;
}
