import { join } from 'node:path';
import { App, setExperimental } from '@supabase/lite';
import { jwtVerify } from 'jose';
import { readBody } from '../body.ts';
import type { GatewayContext, GatewayPart, RequestInfo } from '../context.ts';
import { ApiError } from '../errors.ts';
import { isReadablePath } from '../requests.ts';
import { createLiteConnection } from './connection.ts';
import { ObjectFiles } from './object-files.ts';
import { requestScope, useVerifiedClaims } from './scope.ts';
import { checkStorageBody } from './storage-bodies.ts';

const bodyLimit = 50 * 1024 * 1024;
/** Read with the address alone: public objects, and addresses that carry their own signature. */
const openPaths =
  /^\/storage\/v1\/(?:object\/public\/|object\/sign\/|object\/upload\/sign\/|render\/image\/(?:public|sign)\/)/;
const prefix = /^\/storage\/v1/;
const signPath = /^\/storage\/v1\/object\/(?:upload\/)?sign\//;

const signManyPath = /^\/storage\/v1\/object\/sign\/[^/]+\/?$/;

/** Hosted's name of the same address for whoever is signed in, which lite takes for a bucket's. */
const signedInPath = /^\/storage\/v1\/object\/authenticated\//;

/** `/storage/v1`: lite's Storage, with policies on `storage.objects` and files in the data folder. */
export async function createStorage(ctx: GatewayContext): Promise<GatewayPart> {
  setExperimental('storage', true);
  // Storage counts and locks rows outside any user's policies, as hosted's own role does.
  const lite = await createLiteConnection(ctx, {
    url: ctx.config.db.adminUrl,
    schemas: ['storage'],
    catchErrors: false,
  });
  const app = new App({
    connection: lite.connection,
    auth: { enabled: false, jwt_secret: ctx.keys.liteSecret },
    storage: { enabled: true, file_size_limit: '50MiB' },
    studio: { enabled: false },
    options: { server: { apiKeys: false, disableStudio: true, middlewares: [useVerifiedClaims] } },
  });
  app._storageAdapter = new ObjectFiles(join(ctx.config.dataDir, 'storage')) as unknown as NonNullable<
    App['_storageAdapter']
  >;
  await app.init();
  return {
    async fetch(request, info) {
      try {
        return await answer(ctx, app, request, info);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const status = error.code === 'jwt_expired' || error.code === 'bad_jwt' ? 403 : error.status;
        const name = status === 413 ? 'Payload too large' : status === 400 ? error.code : 'Unauthorized';
        // Hosted storage answers 400 with the true status inside.
        return Response.json(
          { statusCode: String(status), error: name, message: error.message },
          { status: status === 413 ? 413 : 400 },
        );
      }
    },
    stop: lite.close,
  };
}

async function answer(ctx: GatewayContext, app: App, request: Request, info: RequestInfo): Promise<Response> {
  const url = new URL(request.url);
  const signature = url.searchParams.get('token');
  if (signature !== null) await checkSignature(ctx, signature);
  const isOpen = openPaths.test(url.pathname) && (request.method !== 'POST' || signature !== null);
  const claims = isOpen ? { role: 'anon' } : (await ctx.resolveCredential(request.headers, url)).claims;
  const role = claims.role ?? 'anon';
  if (!['anon', 'authenticated', 'service_role'].includes(role))
    throw new ApiError(403, 'AccessDenied', `Role "${role}" may not use storage`);
  const headers = new Headers(request.headers);
  for (const name of ['apikey', 'authorization', 'x-forwarded-for']) headers.delete(name);
  if (!isReadablePath(url.pathname)) throw new ApiError(400, 'InvalidKey', 'The path cannot be read');
  const sent = await readBody(request, bodyLimit);
  checkStorageBody(request.method, url.pathname.replace(prefix, ''), sent);
  // What came, whatever its head has said or left out: a bucket's limit is held to it.
  if (sent) headers.set('content-length', String(sent.byteLength));
  const body = await unwrapFile(sent, headers);
  const asked = new URL(url);
  asked.pathname = asked.pathname.replace(signedInPath, '/storage/v1/object/');
  const forwarded = new Request(asked, { method: request.method, headers, body });
  const scope = {
    claims,
    method: request.method,
    path: url.pathname,
    headers: JSON.stringify({ 'x-forwarded-for': info.ip, 'user-agent': headers.get('user-agent') ?? '' }),
  };
  const fetchLite = (one: Request) => requestScope.run(scope, async () => app.fetch(one, { peerAddress: null }));
  if (request.method === 'POST' && signManyPath.test(url.pathname)) return signMany(url, headers, sent!, fetchLite);
  const response = await fetchLite(forwarded);
  if (request.method === 'POST' && signPath.test(url.pathname)) return asHostedSigned(response);
  return request.method === 'GET' && response.ok ? asHostedDownload(response, url) : response;
}

/** lite never reaches its own answer for many addresses: each is asked for by itself. */
async function signMany(
  url: URL,
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
  fetchLite: (one: Request) => Promise<Response>,
): Promise<Response> {
  const { expiresIn, paths } = JSON.parse(new TextDecoder().decode(body)) as { expiresIn: number; paths: string[] };
  const base = url.href.replace(/\/$/, '');
  headers.delete('content-length');
  const signed = paths.map(async (path) => {
    const address = `${base}/${path.split('/').map(encodeURIComponent).join('/')}`;
    const one = new Request(address, { method: 'POST', headers, body: JSON.stringify({ expiresIn }) });
    const response = await asHostedSigned(await fetchLite(one));
    const { signedURL = null } = response.ok ? ((await response.json()) as { signedURL?: string | null }) : {};
    const error = signedURL ? null : 'Either the object does not exist or you do not have access to it';
    return { path, signedURL, error };
  });
  return Response.json(await Promise.all(signed));
}

/** `?download` asks for a file to be saved, `?download=name` under that name; lite knows of neither. */
function asHostedDownload(response: Response, url: URL): Response {
  const name = url.searchParams.get('download');
  if (name === null) return response;
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  const disposition = name ? `attachment; filename=${encoded}; filename*=UTF-8''${encoded};` : 'attachment';
  const headers = new Headers(response.headers);
  headers.set('content-disposition', disposition);
  return new Response(response.body, { status: response.status, headers });
}

/** lite signs its addresses itself, and answers 500 to a damaged signature. */
async function checkSignature(ctx: GatewayContext, token: string): Promise<void> {
  try {
    await jwtVerify(token, new TextEncoder().encode(ctx.keys.liteSecret), { algorithms: ['HS256'] });
  } catch (cause) {
    throw new ApiError(400, 'InvalidJWT', 'Signed address is invalid or has expired', { cause });
  }
}

interface Signed {
  signedUrl?: string;
}

/** lite names the address `signedUrl`, from the root; storage-js reads `signedURL` or `url`, below `/storage/v1`. */
async function asHostedSigned(response: Response): Promise<Response> {
  if (!response.ok) return response;
  const rename = ({ signedUrl, ...rest }: Signed) => {
    const address = signedUrl ? signedUrl.replace(prefix, '') : null;
    return { ...rest, signedURL: address, url: address };
  };
  const body = (await response.json()) as Signed | Signed[];
  return Response.json(Array.isArray(body) ? body.map(rename) : rename(body));
}

/** supabase-js sends the file in a form field without a name, where lite does not look: it gets the bytes instead. */
async function unwrapFile(body: Uint8Array<ArrayBuffer> | null, headers: Headers): Promise<BodyInit | null> {
  const type = headers.get('content-type') ?? '';
  if (!body || !type.startsWith('multipart/form-data')) return body;
  let form: FormData;
  try {
    form = await new Response(body, { headers: { 'content-type': type } }).formData();
  } catch (cause) {
    throw new ApiError(400, 'InvalidRequest', 'Multipart body cannot be read', { cause });
  }
  const file = [...form.values()].find((value) => typeof value !== 'string');
  if (!file || typeof file === 'string') throw new ApiError(400, 'InvalidRequest', 'Multipart body holds no file');
  const [cacheControl, metadata] = [form.get('cacheControl'), form.get('metadata')];
  headers.set('content-type', file.type || 'application/octet-stream');
  headers.set('content-length', String(file.size));
  if (typeof cacheControl === 'string') headers.set('cache-control', `max-age=${Number(cacheControl) || 0}`);
  if (typeof metadata === 'string') headers.set('x-metadata', Buffer.from(metadata).toString('base64'));
  return file.arrayBuffer();
}
