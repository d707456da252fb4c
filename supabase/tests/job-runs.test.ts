import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

let db: TestDatabase;
let keeper: postgres.Sql;
beforeAll(async () => {
  db = await createTestDatabase();
  keeper = postgres(db.adminUrl, { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  await keeper.end();
  await db.drop();
});

it('runs of jobs are forgotten after three days, each night', async () => {
  await keeper`insert into cron.job_run_details (username, status, start_time, end_time) values
    ('postgres', 'old', now() - interval '74 hours', now() - interval '73 hours'),
    ('postgres', 'killed', now() - interval '73 hours', null),
    ('postgres', 'long', now() - interval '73 hours', now() - interval '71 hours'),
    ('postgres', 'running', now(), null)`;
  const [job] = await db.sql`select schedule, command, username from cron.job where jobname = 'forget-job-runs'`;
  expect(job).toMatchObject({ schedule: '10 2 * * *', username: 'postgres' });
  await db.sql.unsafe(job!['command'] as string);
  const left = await keeper`select status from cron.job_run_details order by runid`;
  expect(left.map(({ status }) => status as string)).toEqual(['long', 'running']);
});
