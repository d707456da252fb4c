import postgres, { type Sql } from 'postgres';
import type { DatabaseUrls } from '../../config.ts';
import type { CronJob } from './scheduler.ts';

/**
 * Runs a job's command in a session of its own that logs in as the job's owner (not `set role`, which a command could
 * undo), and writes cron.job_run_details.
 */
export async function runJob(sql: Sql, urls: DatabaseUrls, job: CronJob): Promise<void> {
  const [run] = await sql`
    insert into cron.job_run_details (jobid, database, username, command, status, start_time)
    values (${job.jobid}, ${job.database}, ${job.username}, ${job.command}, 'running', now())
    returning runid`;
  const runid = run?.['runid'] as string;
  const outcome = await execute(sql, urls, job, runid);
  await sql`
    update cron.job_run_details set status = ${outcome.status}, return_message = ${outcome.message}, end_time = now()
    where runid = ${runid}`;
}

async function execute(
  sql: Sql,
  urls: DatabaseUrls,
  job: CronJob,
  runid: string,
): Promise<{ status: string; message: string }> {
  const owners: Record<string, string> = { postgres: urls.url, supabase_admin: urls.adminUrl };
  const url = owners[job.username];
  if (!url) return { status: 'failed', message: `role "${job.username}" is not permitted to log in` };
  const session = postgres(url, { max: 1, onnotice: () => undefined, connection: { application_name: 'pg_cron' } });
  try {
    const [backend] = await session`select pg_backend_pid() as pid`;
    await sql`update cron.job_run_details set job_pid = ${backend?.['pid'] as number} where runid = ${runid}`;
    const results = await session.unsafe(job.command);
    // Several statements give several results.
    const last = (Array.isArray(results[0]) ? results.at(-1) : results) as unknown as {
      command?: string;
      count?: number;
    };
    return {
      status: 'succeeded',
      message: last?.command === 'SELECT' ? `${last.count} row${last.count === 1 ? '' : 's'}` : (last?.command ?? ''),
    };
  } catch (error) {
    return { status: 'failed', message: `ERROR: ${(error as Error).message}` };
  } finally {
    await session.end({ timeout: 5 });
  }
}
