import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useTestCluster, type TestCluster } from './testing.ts';

let cluster: TestCluster;
let sql: postgres.Sql;
let admin: postgres.Sql;

beforeAll(async () => {
  cluster = useTestCluster();
  const database = await cluster.createDatabase('bootstrapped');
  sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  admin = postgres(database.adminUrl, { max: 1, onnotice: () => undefined });
}, 60_000);

afterAll(async () => {
  await Promise.all([sql?.end(), admin?.end()]);
  await cluster?.stop();
});

describe('vault', () => {
  test('create_secret() stores ciphertext, decrypted_secrets shows the text', async () => {
    const [made] = await sql`select vault.create_secret('sésame', 'door', 'of the cave') as id`;
    const [row] =
      await sql`select id, secret, decrypted_secret, description from vault.decrypted_secrets where name = 'door'`;
    expect(row).toMatchObject({ id: made?.['id'], decrypted_secret: 'sésame', description: 'of the cave' });
    expect(Buffer.from(String(row?.['secret']), 'base64').toString('utf8')).not.toContain('sésame');
  });

  test('update_secret() changes what is given and keeps the rest', async () => {
    const [made] = await sql`select vault.create_secret('one', 'kept') as id`;
    await sql`select vault.update_secret(${made?.['id'] as string}, new_secret => 'two')`;
    expect(
      await sql`select name, decrypted_secret from vault.decrypted_secrets where id = ${made?.['id'] as string}`,
    ).toMatchObject([{ name: 'kept', decrypted_secret: 'two' }]);
  });

  test('two secrets cannot have one name', async () => {
    await sql`select vault.create_secret('a', 'twice')`;
    await expect(sql`select vault.create_secret('b', 'twice')`).rejects.toMatchObject({ code: '23505' });
  });

  test("a secret moved to another row's place is refused", async () => {
    await sql`select vault.create_secret('a', 'first')`;
    await sql`select vault.create_secret('b', 'second')`;
    await admin`update vault.secrets set secret = (select secret from vault.secrets where name = 'first')
      where name = 'second'`;
    await expect(sql`select decrypted_secret from vault.decrypted_secrets where name = 'second'`).rejects.toThrow(
      'invalid ciphertext',
    );
    await admin`delete from vault.secrets where name = 'second'`;
  });
});

describe('cron', () => {
  test.each(['* * * * *', '*/5 0-6,22 1 jan mon-fri', '30 seconds', '1 second', '0 9 $ * *', '@daily', '0 0 * * 7'])(
    'schedule() takes %s',
    async (schedule) => {
      const [row] = await sql`select cron.schedule(${schedule}, 'select 1') as id`;
      expect(await sql`select cron.unschedule(${row?.['id'] as string}::bigint) as done`).toMatchObject([
        { done: true },
      ]);
    },
  );

  test.each([
    '',
    '* * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '*/0 * * * *',
    '60 seconds',
    '0 seconds',
    'soon',
  ])('schedule() refuses %j', async (schedule) => {
    await expect(sql`select cron.schedule(${schedule}, 'select 1')`).rejects.toThrow(`invalid schedule: ${schedule}`);
  });

  test('schedule() of a known name changes the job and keeps its id', async () => {
    const [first] = await sql`select cron.schedule('nightly', '0 3 * * *', 'select 1') as id`;
    const [second] = await sql`select cron.schedule('nightly', '0 4 * * *', 'select 2') as id`;
    expect(second).toEqual(first);
    expect(await sql`select schedule, command, username, active from cron.job where jobname = 'nightly'`).toMatchObject(
      [{ schedule: '0 4 * * *', command: 'select 2', username: 'postgres', active: true }],
    );
  });

  test('alter_job() changes one field; unschedule() of an unknown job says so', async () => {
    const [job] = await sql`select cron.schedule('alterable', '0 3 * * *', 'select 1') as id`;
    await sql`select cron.alter_job(${job?.['id'] as string}::bigint, active => false)`;
    expect(await sql`select schedule, active from cron.job where jobname = 'alterable'`).toMatchObject([
      { schedule: '0 3 * * *', active: false },
    ]);
    await expect(sql`select cron.unschedule('nobody')`).rejects.toThrow("could not find valid entry for job 'nobody'");
  });
});

describe('net', () => {
  const queued = (id: unknown) => admin`
    select method, url, headers, convert_from(body, 'utf8') as body, timeout_milliseconds
    from net.http_request_queue where id = ${id as string}`;

  test('http_post() queues body, parameters and timeout, with a JSON content type added', async () => {
    const [made] = await sql`
      select net.http_post('http://h/p', '{"a": 1}', '{"q": "é&"}', '{"x": "y"}', timeout_milliseconds => 1234) as id`;
    expect(await queued(made?.['id'])).toMatchObject([
      {
        method: 'POST',
        url: 'http://h/p?q=%C3%A9%26',
        body: '{"a": 1}',
        timeout_milliseconds: 1234,
        headers: { x: 'y', 'Content-Type': 'application/json' },
      },
    ]);
  });

  test('http_post() with a NULL argument sends nothing and raises nothing, as on hosted', async () => {
    expect(await sql`select net.http_post(null, '{}') as id`).toMatchObject([{ id: null }]);
  });

  test('http_post() refuses another content type', async () => {
    await expect(sql`select net.http_post('http://h', headers => '{"content-type": "text/plain"}')`).rejects.toThrow(
      'application/json',
    );
  });

  test('http_get() and http_delete() queue too', async () => {
    const [row] =
      await sql`select net.http_get('http://h?a=1', '{"b": "2"}') as got, net.http_delete('http://h') as deleted`;
    expect(await queued(row?.['got'])).toMatchObject([{ method: 'GET', url: 'http://h?a=1&b=2', body: null }]);
    expect(await queued(row?.['deleted'])).toMatchObject([{ method: 'DELETE', url: 'http://h' }]);
  });
});
