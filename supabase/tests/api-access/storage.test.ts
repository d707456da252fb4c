import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, callers, startApi } from './callers.ts';

/** Buckets of the functions' own through Storage: nobody but them, whatever other policies a project has. */
let api: Api;
const buckets = ['ticket-attachments', 'log-exports'];
const file = crypto.randomUUID();
beforeAll(async () => {
  api = await startApi();
  const bytes = new Blob(['secret'], { type: 'application/octet-stream' });
  for (const bucket of buckets)
    expect((await api.home.admin.storage.from(bucket).upload(file, bytes)).error).toBeNull();
  // Somebody's generous policy for buckets of his own.
  await api.home.sql.unsafe(`set role postgres;
    create policy anybody_anything on storage.objects for all to public using (true) with check (true);
    reset role`);
});
afterAll(() => api.stop());

const attemptsAt = (bucket: string): [string, string, unknown?][] => [
  ['GET', `object/${bucket}/${file}`],
  ['GET', `object/authenticated/${bucket}/${file}`],
  ['GET', `object/public/${bucket}/${file}`],
  ['GET', `object/info/${bucket}/${file}`],
  ['POST', `object/sign/${bucket}/${file}`, { expiresIn: 31_536_000 }],
  ['POST', `object/upload/sign/${bucket}/${crypto.randomUUID()}`, {}],
  ['POST', `object/${bucket}/${crypto.randomUUID()}`, 'mine'],
  ['PUT', `object/${bucket}/${file}`, 'mine'],
  ['POST', 'object/move', { bucketId: bucket, sourceKey: file, destinationKey: 'mine' }],
  ['POST', 'object/copy', { bucketId: bucket, sourceKey: file, destinationKey: 'mine' }],
  ['PUT', `bucket/${bucket}`, { public: true }],
  ['DELETE', `bucket/${bucket}`],
];

describe.each(buckets.flatMap((bucket) => callers.map((caller) => ({ bucket, caller }))))(
  '$bucket, $caller',
  ({ bucket, caller }) => {
    const call = async (method: string, path: string, body?: unknown) => {
      const token = api.tokens[caller];
      const isText = typeof body === 'string';
      const response = await api.home.request(`/storage/v1/${path}`, {
        method,
        headers: {
          apikey: api.home.ctx.keys.publishable,
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': isText ? 'application/octet-stream' : 'application/json' }),
        },
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      });
      return { ok: response.ok, text: await response.text() };
    };
    const kept = async () => (await (await api.home.admin.storage.from(bucket).download(file)).data?.text()) ?? null;

    it.each(attemptsAt(bucket))('%s %s is refused and changes nothing', async (method, path, body) => {
      const { ok, text } = await call(method, path, body);
      expect([ok, text.includes('secret')]).toEqual([false, false]);
      expect(await kept()).toBe('secret');
    });

    it('lists, signs and removes none of many', async () => {
      const listed = await call('POST', `object/list/${bucket}`, { prefix: '', limit: 100, offset: 0 });
      expect(listed.text).not.toContain(file);
      const signed = await call('POST', `object/sign/${bucket}`, { expiresIn: 60, paths: [file] });
      expect(signed.text).not.toContain('token=');
      await call('DELETE', `object/${bucket}`, { prefixes: [file] });
      expect(await kept()).toBe('secret');
      const [row] = await api.home.sql`select public from storage.buckets where id = ${bucket}`;
      expect(row!['public']).toBe(false);
    });
  },
);
