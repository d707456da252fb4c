import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUser, signIn, startTestGateway, type TestGateway } from '../testing.ts';

let home: TestGateway;
let owner: Awaited<ReturnType<typeof signIn>>;
let other: Awaited<ReturnType<typeof signIn>>;
let folder: string;

beforeAll(async () => {
  home = await startTestGateway();
  await home.sql.unsafe(`
    set role postgres;
    insert into storage.buckets (id, name, public) values ('private', 'private', false), ('open', 'open', true);
    create policy own_files_select on storage.objects for select to authenticated
      using (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid())::text);
    create policy own_files_insert on storage.objects for insert to authenticated
      with check (bucket_id = 'private' and (storage.foldername(name))[1] = (select auth.uid())::text);
    reset role`);
  const user = await createUser(home);
  folder = user.id;
  owner = await signIn(home, user);
  other = await signIn(home, await createUser(home));
}, 60_000);
afterAll(() => home.stop());

const upload = (client: typeof owner, path: string) =>
  client.storage.from('private').upload(path, new Blob(['hello'], { type: 'text/plain' }));

test('a policy decides who writes and who reads', async () => {
  expect((await upload(owner, `${folder}/a.txt`)).error).toBeNull();
  expect((await upload(other, `${folder}/b.txt`)).error).not.toBeNull();
  expect((await upload(home.client(), `${folder}/c.txt`)).error).not.toBeNull();
  const read = await owner.storage.from('private').download(`${folder}/a.txt`);
  expect(await read.data!.text()).toBe('hello');
  expect((await other.storage.from('private').download(`${folder}/a.txt`)).error).not.toBeNull();
  expect((await home.client().storage.from('private').download(`${folder}/a.txt`)).error).not.toBeNull();
  expect((await owner.storage.from('private').list(folder)).data).toHaveLength(1);
  expect((await other.storage.from('private').list(folder)).data).toEqual([]);
});

test('the address for whoever is signed in is the same file under another name', async () => {
  await upload(owner, `${folder}/named.txt`);
  const path = `/storage/v1/object/authenticated/private/${folder}/named.txt`;
  const { secret, publishable } = home.ctx.keys;
  expect(await (await home.request(path, { headers: { apikey: secret } })).text()).toBe('hello');
  expect((await home.request(path, { headers: { apikey: publishable } })).ok).toBe(false);
  expect((await home.request(path)).ok).toBe(false);
});

test('a signed address opens one private file, for a time, without a key', async () => {
  await upload(owner, `${folder}/signed.txt`);
  const { data } = await owner.storage.from('private').createSignedUrl(`${folder}/signed.txt`, 60);
  const address = new URL(data!.signedUrl);
  expect(await (await home.request(address.pathname + address.search)).text()).toBe('hello');
  expect((await home.request(`${address.pathname}?token=x.y.z`)).ok).toBe(false);
  expect((await other.storage.from('private').createSignedUrl(`${folder}/signed.txt`, 60)).error).not.toBeNull();
  expect((await home.request(address.pathname.replace('signed.txt', 'a.txt') + address.search)).ok).toBe(false);
});

test('public files need no key, private ones are not public', async () => {
  const stored = await home.admin.storage
    .from('open')
    .upload('logo.svg', new Blob(['<svg/>'], { type: 'image/svg+xml' }));
  expect(stored.error).toBeNull();
  const open = await home.request('/storage/v1/object/public/open/logo.svg');
  expect([open.status, open.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  expect((await home.request(`/storage/v1/object/public/private/${folder}/a.txt`)).ok).toBe(false);
});

test('a key cannot leave the folder', async () => {
  const response = await home.request('/storage/v1/object/open/..%2f..%2fkeys.json', {
    headers: { apikey: home.ctx.keys.secret },
  });
  expect(response.ok).toBe(false);
});

test('removes what it was told to and nothing else', async () => {
  await home.admin.storage.from('open').upload('keep.txt', 'x');
  expect((await home.admin.storage.from('open').remove(['logo.svg'])).data).toHaveLength(1);
  expect((await home.request('/storage/v1/object/public/open/logo.svg')).ok).toBe(false);
  expect((await home.request('/storage/v1/object/public/open/keep.txt')).ok).toBe(true);
});

test('a signed address to upload takes one file, once, within what the bucket takes', async () => {
  await home.sql`insert into storage.buckets (id, name, file_size_limit, allowed_mime_types)
    values ('inbox', 'inbox', 10, array['application/octet-stream'])`;
  const inbox = home.admin.storage.from('inbox');
  const put = async (path: string, body: string, type = 'application/octet-stream') => {
    const { data } = await inbox.createSignedUploadUrl(path);
    const address = new URL(data!.signedUrl);
    const send = () =>
      home.request(address.pathname + address.search, { method: 'PUT', headers: { 'content-type': type }, body });
    return [(await send()).ok, (await send()).ok];
  };
  expect(await put('a', 'hello')).toEqual([true, false]);
  expect(await (await inbox.download('a')).data!.text()).toBe('hello');
  expect(await put('b', '<script>', 'text/html')).toEqual([false, false]);
  expect(await put('c', 'longer than that')).toEqual([false, false]);
  expect((await inbox.createSignedUploadUrl('a')).error).not.toBeNull();
  expect((await owner.storage.from('inbox').createSignedUploadUrl('d')).error).not.toBeNull();
  const { data } = await inbox.createSignedUploadUrl('e');
  const other = await home.request(new URL(data!.signedUrl).pathname.replace(/e$/, 'f') + '?token=' + data!.token, {
    method: 'PUT',
    body: 'x',
  });
  expect(other.ok).toBe(false);
});

test('a download is saved under the name it asks for', async () => {
  const { data } = await owner.storage.from('private').createSignedUrl(`${folder}/a.txt`, 60);
  const address = new URL(`${data!.signedUrl}&download=${encodeURIComponent('été "1".txt')}`);
  const response = await home.request(address.pathname + address.search);
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename=%C3%A9t%C3%A9%20%221%22.txt; filename*=UTF-8''%C3%A9t%C3%A9%20%221%22.txt;`,
  );
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

test('many addresses are signed at once; one that may not be had costs no other', async () => {
  await upload(owner, `${folder}/one.txt`);
  const paths = [`${folder}/one.txt`, `${folder}/none.txt`, 'é/"x".txt'];
  const sign = async (client: typeof owner) => (await client.storage.from('private').createSignedUrls(paths, 60)).data!;
  const [one, none, odd] = await sign(owner);
  expect([one!.error, typeof none!.error, typeof odd!.error]).toEqual([null, 'string', 'string']);
  const address = new URL(one!.signedUrl!);
  expect(await (await home.request(address.pathname + address.search)).text()).toBe('hello');
  expect((await sign(other)).map(({ signedUrl }) => signedUrl)).toEqual([null, null, null]);
});
