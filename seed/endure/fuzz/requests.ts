import type { Random } from './random.ts';
import { jsonBody, jsonValue, texts } from './values.ts';
import type { RawRequest } from './wire.ts';

/** What a home offers, read from it. */
export interface Surface {
  host: string;
  /** Columns by table. */
  tables: Record<string, string[]>;
  /** Arguments by function. */
  rpcs: Record<string, string[]>;
  functions: string[];
  /** Lines of headers by who sends them. */
  callers: Record<string, string[]>;
}

type Endpoint = [method: string, path: string, fields: string[]];

const id = '00000000-0000-4000-8000-000000000000';
const authEndpoints: Endpoint[] = [
  ['POST', '/token?grant_type=password', ['email', 'password', 'phone', 'gotrue_meta_security']],
  ['POST', '/token?grant_type=refresh_token', ['refresh_token']],
  ['POST', '/token?grant_type=pkce', ['auth_code', 'code_verifier']],
  ['POST', '/signup', ['email', 'password', 'phone', 'data', 'code_challenge']],
  ['POST', '/recover', ['email', 'code_challenge']],
  ['POST', '/resend', ['type', 'email', 'phone']],
  ['POST', '/otp', ['email', 'phone', 'create_user', 'data']],
  ['POST', '/magiclink', ['email']],
  ['POST', '/verify', ['type', 'token_hash', 'token', 'email', 'phone', 'redirect_to']],
  ['GET', '/verify?type=recovery&token=x&redirect_to=x', []],
  ['GET', '/user', []],
  ['PUT', '/user', ['email', 'password', 'phone', 'data', 'nonce', 'app_metadata']],
  ['POST', '/logout?scope=local2', []],
  ['GET', '/reauthenticate', []],
  ['GET', '/settings', []],
  ['GET', '/.well-known/jwks.json', []],
  ['GET', '/authorize?provider=x', []],
  ['POST', '/factors', ['factor_type', 'friendly_name', 'issuer', 'phone']],
  ['POST', `/factors/${id}/challenge`, ['channel']],
  ['POST', `/factors/${id}/verify`, ['challenge_id', 'code']],
  ['DELETE', `/factors/${id}`, []],
  ['POST', '/invite', ['email', 'data']],
  ['POST', '/admin/generate_link', ['type', 'email', 'password', 'new_email', 'data', 'redirect_to']],
  ['GET', '/admin/users?page=1&per_page=5', []],
  [
    'POST',
    '/admin/users',
    ['email', 'password', 'phone', 'role', 'id', 'email_confirm', 'ban_duration', 'user_metadata'],
  ],
  ['GET', `/admin/users/${id}`, []],
  ['PUT', `/admin/users/${id}`, ['email', 'password', 'role', 'ban_duration', 'app_metadata', 'user_metadata']],
  ['DELETE', `/admin/users/${id}`, ['should_soft_delete']],
  ['GET', `/admin/users/${id}/factors`, []],
];
const storageEndpoints: Endpoint[] = [
  ['GET', '/bucket', []],
  ['POST', '/bucket', ['id', 'name', 'public', 'file_size_limit', 'allowed_mime_types']],
  ['GET', '/bucket/fuzz', []],
  ['PUT', '/bucket/fuzz', ['public', 'file_size_limit', 'allowed_mime_types']],
  ['POST', '/bucket/fuzz/empty', []],
  ['DELETE', '/bucket/none', []],
  ['POST', '/object/fuzz/a.txt', []],
  ['PUT', '/object/fuzz/a.txt', []],
  ['GET', '/object/fuzz/a.txt', []],
  ['HEAD', '/object/fuzz/a.txt', []],
  ['GET', '/object/public/fuzz/a.txt', []],
  ['GET', '/object/authenticated/fuzz/a.txt', []],
  ['GET', '/object/info/fuzz/a.txt', []],
  ['GET', '/object/sign/fuzz/a.txt?token=a.b.c', []],
  ['POST', '/object/sign/fuzz/a.txt', ['expiresIn', 'transform']],
  ['POST', '/object/sign/fuzz', ['expiresIn', 'paths']],
  ['POST', '/object/upload/sign/fuzz/b.txt', ['upsert']],
  ['PUT', '/object/upload/sign/fuzz/b.txt?token=x', []],
  ['POST', '/object/list/fuzz', ['prefix', 'limit', 'offset', 'sortBy', 'search']],
  ['POST', '/object/list-v2/fuzz', ['prefix', 'limit', 'cursor', 'with_delimiter']],
  ['POST', '/object/move', ['bucketId', 'sourceKey', 'destinationKey', 'destinationBucket']],
  ['POST', '/object/copy', ['bucketId', 'sourceKey', 'destinationKey', 'copyMetadata']],
  ['DELETE', '/object/fuzz', ['prefixes']],
  ['DELETE', '/object/fuzz/a.txt', []],
  ['GET', '/render/image/public/fuzz/a.txt?width=x', []],
  ['POST', '/upload/resumable', []],
];
const realtimeEndpoints: Endpoint[] = [
  ['POST', '/api/broadcast', ['messages']],
  ['POST', '/api/broadcast/room/events/x?private=true', ['a']],
  ['GET', '/websocket', []],
];

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'LINK'];
const contentTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'text/csv',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
  'application/vnd.pgrst.object+json',
  'nonsense',
  'image/\xe9',
  ';;;',
];
const oddHeaders = [
  'Prefer: return=nothing, count=some, resolution=x, tx=rollback, max-affected=x',
  'Prefer: return=representation, count=exact',
  'Prefer: handling=strict, timezone=Nowhere/Land, missing=x',
  'Prefer: resolution=merge-duplicates',
  'Range: abc',
  'Range: 5-2',
  'Range: 99999999999999999999-',
  'Range: bytes=-1-',
  'Range-Unit: potatoes',
  'Accept: text/csv',
  'Accept: application/vnd.pgrst.object+json',
  'Accept: application/vnd.pgrst.plan+json',
  'Accept: ;;;',
  'Accept: */*;q=x',
  'Accept-Profile: private',
  'Content-Profile: "',
  'X-Supabase-Api-Version: 9999-99-99',
  'X-Forwarded-For: \xe9\xff, , 1',
  'X-Forwarded-Proto: gopher',
  'X-Client-Info: \xc3\xa9\xf0\x9f\x99\x82',
  'User-Agent: \xff\xfe',
  `User-Agent: ${'u'.repeat(4_000)}`,
  'If-None-Match: "',
  'If-Modified-Since: yesterday',
  'Content-Encoding: gzip',
  'Cookie: a=\xe9; =; b',
  'X-Upsert: perhaps',
  'X-Metadata: \xe9not-base64',
  'X-Region: nowhere',
  'Content-Length-X: 5',
  'Origin: null',
  'Access-Control-Request-Method: \xe9',
  'Access-Control-Request-Headers: \xe9, x',
  'Upgrade: h2c',
  'Connection: upgrade\r\nUpgrade: websocket',
  'Expect: 200-ok',
  'Authorization: Basic x',
  'Authorization: Bearer a.b.c',
  'Authorization: Bearer \xe9',
  'Authorization: Bearer eyJhbGciOiJub25lIn0.e30.',
  'Authorization: Bearer eyJhbGciOiJFUzI1NiIsImtpZCI6NX0.bnVsbA.AAAA',
];
const operators = [
  'eq',
  'neq',
  'gt',
  'like',
  'ilike',
  'in',
  'is',
  'fts',
  'cs',
  'ov',
  'not.eq',
  'match',
  'isdistinct',
  'zz',
];

export function hostileRequest(random: Random, surface: Surface): [who: string, request: RawRequest] {
  const [method, path, fields] = endpoint(random, surface);
  const who = random.pick(Object.keys(surface.callers));
  const hasBody = fields.length > 0 || /^(POST|PUT|PATCH)$/.test(method) || random.chance(0.1);
  const body = hasBody ? bodyFor(random, path, fields) : Buffer.alloc(0);
  const headers = [hostLine(random, surface.host), ...surface.callers[who]!, 'Connection: close'];
  if (hasBody) {
    if (random.chance(0.9))
      headers.push(`Content-Type: ${random.chance(0.6) ? contentTypes[0]! : random.pick(contentTypes)}`);
    headers.push(`Content-Length: ${body.length}`);
  }
  while (random.chance(0.35)) headers.push(random.pick(oddHeaders));
  return [
    who,
    {
      method: random.chance(0.12) ? random.pick(methods) : method,
      target: random.chance(0.15) ? oddTarget(random, path) : path,
      headers,
      body,
    },
  ];
}

function endpoint(random: Random, { tables, rpcs, functions }: Surface): Endpoint {
  const below = ([method, path, fields]: Endpoint, prefix: string): Endpoint => [method, `${prefix}/v1${path}`, fields];
  switch (random.below(8)) {
    case 0:
    case 1:
      return below(random.pick(authEndpoints), '/auth');
    case 2:
      return below(random.pick(storageEndpoints), '/storage');
    case 3:
      return below(random.pick(realtimeEndpoints), '/realtime');
    case 4:
      return [
        'POST',
        `/functions/v1/${random.pick(functions)}`,
        ['license_key', 'hwid', 'action', 'email', 'type', 'id'],
      ];
    case 5: {
      const name = random.pick(Object.keys(rpcs));
      if (random.chance(0.3)) return ['GET', `/rest/v1/rpc/${name}?${query(random, rpcs[name]!, false)}`, []];
      return ['POST', `/rest/v1/rpc/${name}`, rpcs[name]!];
    }
    default: {
      const name = random.chance(0.95) ? random.pick(Object.keys(tables)) : random.pick(['none', 'pg_class', '']);
      const columns = tables[name] ?? ['id'];
      const method = random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT']);
      return [method, `/rest/v1/${name}?${query(random, columns, true)}`, method === 'GET' ? [] : columns];
    }
  }
}

function query(random: Random, names: readonly string[], isTable: boolean): string {
  const parts: string[] = [];
  const text = () => random.pick(texts).replaceAll(' ', '%20').replaceAll('"', '%22');
  const name = () => (random.chance(0.9) && names.length > 0 ? random.pick(names) : text());
  do {
    const choice = isTable ? random.below(8) : 0;
    if (choice <= 2) parts.push(`${name()}=${isTable ? `${random.pick(operators)}.` : ''}${text()}`);
    else if (choice === 3)
      parts.push(`select=${random.pick([name(), `${name()},${name()}::${text()}`, `*,${name()}(*)`, text()])}`);
    else if (choice === 4) parts.push(`order=${name()}.${random.pick(['asc', 'desc.nullsfirst', text()])}`);
    else if (choice === 5) parts.push(`${random.pick(['limit', 'offset'])}=${text()}`);
    else if (choice === 6) parts.push(`${random.pick(['or', 'and', 'not.or'])}=(${name()}.eq.${text()},${text()})`);
    else parts.push(`${random.pick(['columns', 'on_conflict', 'select', 'apikey'])}=${text()}`);
  } while (random.chance(0.5));
  return parts.join('&');
}

function bodyFor(random: Random, path: string, fields: readonly string[]): Buffer {
  if (path.includes('/api/broadcast') && random.chance(0.6)) {
    const member = (key: string) => `"${key}":${jsonValue(random)}`;
    return Buffer.from(`{"messages":[{${['topic', 'event', 'payload', 'private'].map(member).join(',')}}]}`);
  }
  if (path.includes('/object/') && random.chance(0.5))
    return Buffer.from(
      random.pick([
        '--x\r\n\r\n--x--',
        '--x\r\nContent-Disposition: form-data; name=""\r\n\r\nfile\r\n--x--\r\n',
        '--x\r\nContent-Disposition: form-data; name=""; filename="a"\r\nContent-Type: \xe9\r\n\r\nfile\r\n--x--\r\n',
        '--x\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{\r\n--x\r\n',
        '--y',
      ]),
      'latin1',
    );
  return jsonBody(random, fields);
}

const hostLine = (random: Random, host: string) =>
  random.chance(0.9)
    ? `Host: ${host}`
    : random.pick(['Host:', 'Host: a b', 'Host: \xe9', 'Host: [', 'Host: x:99999999', 'X-No: host', 'Host: /']);

function oddTarget(random: Random, path: string): string {
  return random.pick([
    path.replace('/v1', '//v1'),
    `/${path}`,
    `${path}%00`,
    path.replace('?', '%zz?') + '%zz',
    `${path}/../../x`,
    `${path}/%2e%2e%2f%2e%2e`,
    `${path}/${'y'.repeat(6_000)}`,
    `${path}/\xe9\xff`,
    `${path}?&&=&==&%`,
    `${path};a=b`,
    `${path}\\x`,
    `http://elsewhere.test${path}`,
    'http://[',
    '*',
    path.slice(0, random.below(path.length) + 1),
  ]);
}
