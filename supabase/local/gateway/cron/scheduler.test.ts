import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { nextRun } from './schedule.ts';
import { type CronJob, Scheduler } from './scheduler.ts';

const job = (schedule: string, jobid = '1'): CronJob => ({
  jobid,
  schedule,
  command: 'select 1',
  database: 'postgres',
  username: 'postgres',
});
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

describe('nextRun()', () => {
  test.each([
    ['* * * * *', '2026-11-22T10:00:30Z', '2026-11-22T10:01:00Z'],
    ['0 9 * * 1', '2026-11-22T10:00:00Z', '2026-11-23T09:00:00Z'],
    ['0 0 * * 7', '2026-11-22T10:00:00Z', '2026-11-29T00:00:00Z'],
    ['0 12 $ * *', '2026-02-01T00:00:00Z', '2026-02-28T12:00:00Z'],
    ['30 seconds', '2026-11-22T10:00:10Z', '2026-11-22T10:00:40Z'],
    ['@daily', '2026-11-22T10:00:10Z', '2026-11-23T00:00:00Z'],
  ])('of %s after %s is %s', (schedule, from, next) => {
    expect(nextRun(schedule, new Date(from))?.toISOString()).toBe(new Date(next).toISOString());
  });
});

describe('Scheduler', () => {
  let runs: string[];
  let scheduler: Scheduler;

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-22T10:00:30Z') });
    runs = [];
    scheduler = new Scheduler({
      log,
      run: async ({ jobid }) => void runs.push(`${jobid} ${new Date().toISOString()}`),
    });
  });
  afterEach(() => void vi.useRealTimers());

  test('runs each job at its times, in UTC', async () => {
    scheduler.setJobs([job('*/2 * * * *', 'even'), job('20 seconds', 'often')]);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(runs).toEqual([
      'often 2026-11-22T10:00:50.000Z',
      'often 2026-11-22T10:01:10.000Z',
      'often 2026-11-22T10:01:30.000Z',
      'often 2026-11-22T10:01:50.000Z',
      'even 2026-11-22T10:02:00.000Z',
      'often 2026-11-22T10:02:10.000Z',
    ]);
  });

  test('forgets a removed job and takes a changed schedule', async () => {
    scheduler.setJobs([job('* * * * *', 'a'), job('* * * * *', 'b')]);
    scheduler.setJobs([job('*/5 * * * *', 'b')]);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(runs).toEqual(['b 2026-11-22T10:05:00.000Z']);
  });

  test('waits for a job due in months', async () => {
    scheduler.setJobs([job('0 0 1 1 *', 'yearly')]);
    await vi.advanceTimersByTimeAsync(39 * 86_400_000);
    expect(runs).toEqual([]);
    await vi.advanceTimersByTimeAsync(2 * 86_400_000);
    expect(runs).toEqual(['yearly 2027-01-01T00:00:00.000Z']);
  });

  test('never runs a job beside itself: runs missed meanwhile become one', async () => {
    const finish: (() => void)[] = [];
    let started = 0;
    const slow = new Scheduler({
      log,
      run: () => {
        started += 1;
        return new Promise<void>((resolve) => finish.push(resolve));
      },
    });
    slow.setJobs([job('20 seconds')]);
    await vi.advanceTimersByTimeAsync(25_000);
    // A schedule changed during a run keeps the rule.
    slow.setJobs([job('10 seconds')]);
    await vi.advanceTimersByTimeAsync(25_000);
    expect(started).toBe(1);
    finish[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(started).toBe(2);
    finish[1]?.();
    await slow.stop();
  });

  test('goes on after a run that throws, and says so', async () => {
    let tries = 0;
    const failing = new Scheduler({ log, run: () => Promise.reject(new Error(`no ${(tries += 1)}`)) });
    failing.setJobs([job('10 seconds')]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(tries).toBe(2);
    expect(log.error).toHaveBeenCalledWith('cron job 1 could not be run', { cause: 'Error: no 1' });
  });

  test('after stop() nothing runs', async () => {
    scheduler.setJobs([job('10 seconds')]);
    await scheduler.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runs).toEqual([]);
  });
});
