import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing.ts';

let home: TestGateway;
beforeAll(async () => {
  home = await startTestGateway();
  await home.sql.unsafe(`set role postgres;
    create table public.things (id int primary key, tags text[], at timestamptz, owner_id uuid, data jsonb);
    grant all on public.things to service_role;
    create function public.take(ids uuid[], at timestamptz, wanted boolean) returns int language sql as 'select 1';
    insert into storage.buckets (id, name, public) values ('files', 'files', true);
    reset role`);
});
afterAll(async () => {
  await home.stop();
  expect(home.errors).toEqual([]);
});

const send = async (method: string, path: string, body?: string, type = 'application/json') => {
  const response = await home.request(path, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: { apikey: home.ctx.keys.secret, 'content-type': type },
  });
  return [response.status, await response.json()] as [number, Record<string, string>];
};
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('REST', () => {
  test.each(['select=%22', 'select=id,%22', 'or=(id.eq.%22', 'select=a(b(', 'select=id::%22'])(
    'a query that cannot be read is 400 in PostgREST’s form: %s',
    async (query) => {
      const [status, { code, message }] = await send('GET', `/rest/v1/things?${query}`);
      expect([status, code]).toEqual([400, 'PGRST100']);
      expect(message).not.toMatch(/TypeError|^Error/);
    },
  );

  test.each([
    `{"ids":${nested(2_000)},"at":"2026-01-01","wanted":true}`,
    `{"ids":${nested(7)},"at":"2026-01-01","wanted":true}`,
    '{"ids":{"a":1},"at":"2026-01-01","wanted":true}',
    '{"ids":[],"at":[[1]],"wanted":true}',
    '{"ids":[],"at":{"__proto__":1,"constructor":1},"wanted":true}',
    '{"ids":[],"at":1e999,"wanted":{}}',
    '{"ids":[],"at":"2026-01-01","wanted":{}}',
    '{"ids":[],"at":"2026-01-01","wanted":"maybe"}',
    '{"ids":[],"at":"2026-01-01","wanted":7}',
    '{"ids":[],"at":1e999,"wanted":true}',
    '{"ids":[1,[2]],"at":true,"wanted":"maybe"}',
    '{"ids":[],"at":"2026-13-45","wanted":true}',
  ])('an argument of another type is 400: %s', async (body) => {
    const [status, { message }] = await send('POST', '/rest/v1/rpc/take', body);
    expect(status).toBe(400);
    expect(message).not.toMatch(/TypeError|in' operator|undefined/);
  });

  test.each(['true', 'false', '"yes"', '0', '1', 'null'])('a truth may be written as %s', async (wanted) => {
    const body = `{"ids":[],"at":"infinity","wanted":${wanted}}`;
    expect(await send('POST', '/rest/v1/rpc/take', body)).toEqual([200, 1]);
  });

  test.each(['{"id":[]}', '{"id":{}}', '{"tags":7}', '{"at":[]}', '{"owner_id":[[]]}', '{"id":1,"tags":[[["a"],1]]}'])(
    'a value of another type is 400, and nothing is stored: %s',
    async (body) => {
      expect((await send('POST', '/rest/v1/things', body))[0]).toBe(400);
      expect(await home.sql`select from public.things`).toHaveLength(0);
    },
  );
});

describe('Storage', () => {
  test.each([
    ['POST', 'object/sign/files/a.txt', '--x'],
    ['POST', 'object/sign/files/a.txt', '{"expiresIn":"soon"}'],
    ['POST', 'object/sign/files', '{"expiresIn":60}'],
    ['POST', 'object/sign/files', '{"expiresIn":60,"paths":[1]}'],
    ['POST', 'object/list/files', '{"prefix":7}'],
    ['POST', 'object/list/files', '{"prefix":"","limit":-1}'],
    ['POST', 'object/list/files', '{"prefix":"","sortBy":[]}'],
    ['POST', 'object/move', 'NaN'],
    ['POST', 'object/move', '{"bucketId":"files","sourceKey":[],"destinationKey":"b"}'],
    ['POST', 'object/copy', '{"bucketId":"files","sourceKey":"a\\u0000","destinationKey":"b"}'],
    ['DELETE', 'object/files', '--y'],
    ['DELETE', 'object/files', '{"prefixes":"a"}'],
    ['POST', 'bucket', '{"name":{}}'],
    ['POST', 'bucket', '[]'],
    ['PUT', 'bucket/files', '{"public":"perhaps"}'],
  ])('%s %s with %s is 400 in Storage’s form', async (method, path, body) => {
    const [status, answer] = await send(method, `/storage/v1/${path}`, body);
    expect([status, answer['statusCode'], answer['error']]).toEqual([400, '400', 'InvalidRequest']);
  });

  test.each([
    ['multipart/form-data', '--x--'],
    ['multipart/form-data; boundary=', '--x--'],
    ['multipart/form-data; boundary=x', '--y'],
    ['multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'],
  ])('an upload as %s of %j is 400', async (type, body) => {
    expect((await send('POST', '/storage/v1/object/files/a.txt', body, type))[0]).toBe(400);
  });
});
