import type { Sql } from 'postgres';
import type { DatabaseUrls } from '../../config.ts';
import type { Logger } from '../context.ts';
import { NetQueue } from './net.ts';
import { runJob } from './runner.ts';
import { type CronJob, Scheduler } from './scheduler.ts';

export interface CronOptions {
  /** As `supabase_admin`. */
  sql: Sql;
  urls: DatabaseUrls;
  log: Logger;
}

export interface CronService {
  stop(): Promise<void>;
}

const hour = 60 * 60 * 1000;

/** Runs cron.job and sends net.http_request_queue, both told by NOTIFY, never by polling. */
export async function startCron({ sql, urls, log }: CronOptions): Promise<CronService> {
  await sql`
    update cron.job_run_details set status = 'failed', return_message = 'server restarted', end_time = now()
    where status in ('starting', 'running')`;
  const scheduler = new Scheduler({ log, run: (job) => runJob(sql, urls, job) });
  const queue = new NetQueue(sql, log);

  async function loadJobs(): Promise<void> {
    const jobs = await sql<CronJob[]>`
      select jobid, schedule, command, database, username from cron.job where active and database = current_database()`;
    scheduler.setJobs(jobs);
  }
  const reload = () =>
    void loadJobs().catch((error: unknown) => log.error('cron: the jobs could not be read', { cause: String(error) }));

  // The third argument also runs after a lost connection: what happened meanwhile is caught up.
  const jobsListener = await sql.listen('local_cron_jobs', reload, reload);
  const queueListener = await sql.listen(
    'local_net_queue',
    () => queue.wake(),
    () => queue.wake(),
  );
  const atStart = await sql<CronJob[]>`
    select jobid, schedule, command, database, username from cron.job
    where active and database = current_database() and lower(trim(schedule)) = '@reboot'`;
  for (const job of atStart) await runJob(sql, urls, job);

  const tidy = () =>
    void forgetOldRows(sql).catch((error: unknown) =>
      log.error('cron: old rows could not be deleted', { cause: String(error) }),
    );
  tidy();
  const timer = setInterval(tidy, hour);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      // Without a database there is nothing to unlisten, and no reason not to stop.
      await Promise.allSettled([jobsListener.unlisten(), queueListener.unlisten()]);
      await Promise.all([scheduler.stop(), queue.stop()]);
    },
  };
}

/** The platform's own terms: replies six hours (pg_net), realtime messages three days (Realtime). */
async function forgetOldRows(sql: Sql): Promise<void> {
  await sql`delete from net._http_response where created < now() - interval '6 hours'`;
  await sql`delete from realtime.messages where inserted_at < now() at time zone 'utc' - interval '72 hours'`;
}
