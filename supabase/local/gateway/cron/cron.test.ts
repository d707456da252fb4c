import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { useTestCluster, type TestCluster, type TestDatabase } from '../../postgres/testing.ts';
import { type CronService, startCron } from './cron.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
let cluster: TestCluster;
let database: TestDatabase;
let sql: postgres.Sql;
let admin: postgres.Sql;
let cron: CronService;
let web: Server;
let base: string;
let received: { method: string | undefined; url: string | undefined; body: string; type: string | undefined }[];

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

beforeAll(async () => {
  cluster = useTestCluster();
  database = await cluster.createDatabase('bootstrapped');
  sql = postgres(database.url, { max: 2, onnotice: () => undefined });
  admin = postgres(database.adminUrl, { max: 4, onnotice: () => undefined });
  web = createServer(async (request, response) => {
    received.push({
      method: request.method,
      url: request.url,
      body: await readBody(request),
      type: request.headers['content-type'],
    });
    if (request.url === '/slow') return;
    response.writeHead(201, { 'content-type': 'application/json', 'x-mine': 'yes' }).end('{"ok":true}');
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => web.once('listening', listening));
  base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  cron = await startCron({ sql: admin, urls: database, log: quiet });
}, 60_000);

beforeEach(() => void (received = []));

afterAll(async () => {
  await cron?.stop();
  await Promise.all([sql?.end(), admin?.end()]);
  web?.closeAllConnections();
  web?.close();
  await cluster?.stop();
});

const reply = (id: unknown) =>
  expect.poll(
    async () =>
      (
        await sql`select status_code, content_type, content, timed_out, error_msg from net._http_response
          where id = ${id as string}`
      )[0],
    { timeout: 5000 },
  );

describe('net', () => {
  test('sends after commit and keeps the reply', async () => {
    const [row] = await sql`select net.http_post(${`${base}/hook`}, '{"a": 1}') as id`;
    await reply(row?.['id']).toEqual({
      status_code: 201,
      content_type: 'application/json',
      content: '{"ok":true}',
      timed_out: false,
      error_msg: null,
    });
    expect(received).toEqual([{ method: 'POST', url: '/hook', body: '{"a": 1}', type: 'application/json' }]);
    expect(await admin`select from net.http_request_queue`).toHaveLength(0);
  });

  test('sends nothing for a transaction that rolls back', async () => {
    await sql
      .begin(async (transaction) => {
        await transaction`select net.http_post(${`${base}/never`})`;
        throw new Error('no');
      })
      .catch((error: Error) => expect(error.message).toBe('no'));
    const [row] = await sql`select net.http_get(${`${base}/after`}) as id`;
    await reply(row?.['id']).toMatchObject({ status_code: 201 });
    expect(received.map(({ url }) => url)).toEqual(['/after']);
  });

  test('records a timeout and a refused connection', async () => {
    const [row] = await sql`select net.http_get(${`${base}/slow`}, timeout_milliseconds => 100) as slow,
        net.http_get('http://127.0.0.1:1/') as refused`;
    await reply(row?.['slow']).toMatchObject({
      status_code: null,
      timed_out: true,
      error_msg: 'Timeout of 100 ms reached',
    });
    await reply(row?.['refused']).toMatchObject({
      status_code: null,
      timed_out: null,
      error_msg: expect.any(String) as string,
    });
  });

  test('sends a thousand requests of one statement', async () => {
    await sql`select net.http_get(${`${base}/many`}) from generate_series(1, 1000)`;
    await expect.poll(() => received.length, { timeout: 15_000 }).toBe(1000);
  }, 20_000);
});

describe('cron', () => {
  const details = (name: string) =>
    expect.poll(
      async () =>
        (
          await sql`
      select status, return_message, details.username from cron.job_run_details as details join cron.job using (jobid)
      where jobname = ${name} order by runid limit 1`
        )[0],
      { timeout: 8000 },
    );

  test('runs a job as its owner, with no way to become a superuser', async () => {
    await sql`create table public.ran (who text, session text)`;
    await sql`select cron.schedule('mine', '1 second',
      'reset role; insert into public.ran values (current_user, session_user)')`;
    await details('mine').toMatchObject({ status: 'succeeded', return_message: 'INSERT', username: 'postgres' });
    await sql`select cron.unschedule('mine')`;
    expect((await sql`select distinct who, session from public.ran`)[0]).toEqual({
      who: 'postgres',
      session: 'postgres',
    });
  }, 15_000);

  test('writes down why a job failed', async () => {
    await sql`select cron.schedule('fails', '1 second', 'select 1 / 0')`;
    await details('fails').toMatchObject({ status: 'failed', return_message: 'ERROR: division by zero' });
    await sql`select cron.unschedule('fails')`;
  }, 15_000);

  test('starts again with the jobs there are, and closes runs cut short', async () => {
    await cron.stop();
    await sql`select cron.schedule('kept', '1 second', 'select 1')`;
    await admin`insert into cron.job_run_details (jobid, status) values (-1, 'running')`;
    cron = await startCron({ sql: admin, urls: database, log: quiet });
    await details('kept').toMatchObject({ status: 'succeeded', return_message: '1 row' });
    expect((await admin`select status, return_message from cron.job_run_details where jobid = -1`)[0]).toEqual({
      status: 'failed',
      return_message: 'server restarted',
    });
    await sql`select cron.unschedule('kept')`;
  }, 15_000);
});
