-- pg_cron keeps a row of every run for good. Jobs of every few seconds write some 50,000 a day; three days tell why one
-- failed. A run that was killed has no end.

select private.schedule_job('forget-job-runs', '10 2 * * *',
  $job$ delete from cron.job_run_details where coalesce(end_time, start_time) < now() - interval '3 days' $job$);
