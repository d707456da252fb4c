import type { Logger } from '../context.ts';
import { nextRun } from './schedule.ts';

export interface CronJob {
  jobid: string;
  schedule: string;
  command: string;
  database: string;
  username: string;
}

export interface SchedulerOptions {
  run(job: CronJob): Promise<void>;
  log: Logger;
}

interface Entry {
  job: CronJob;
  due: number | undefined;
  running: Promise<void> | undefined;
  /** It came due while its last run was still going: one more run follows, as in pg_cron. */
  missed: boolean;
}

/** A timer of Node cannot wait longer than 24 days, and the clock of a sleeping laptop jumps. */
const longestSleep = 60 * 60 * 1000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  setJobs(jobs: CronJob[]): void {
    if (this.#stopped) return;
    const now = new Date();
    const present = new Set(jobs.map(({ jobid }) => jobid));
    for (const id of this.#entries.keys()) if (!present.has(id)) this.#entries.delete(id);
    for (const job of jobs) {
      const known = this.#entries.get(job.jobid);
      if (!known) this.#entries.set(job.jobid, { job, due: this.#next(job, now), running: undefined, missed: false });
      else {
        if (known.job.schedule !== job.schedule) known.due = this.#next(job, now);
        known.job = job;
      }
    }
    this.#arm();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#entries.values()].map(({ running }) => running));
  }

  #next(job: CronJob, from: Date): number | undefined {
    try {
      return nextRun(job.schedule, from)?.getTime();
    } catch (error) {
      this.#options.log.error(`cron job ${job.jobid} has a schedule nobody understands: ${job.schedule}`, {
        cause: (error as Error).message,
      });
      return undefined;
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const soonest = Math.min(...[...this.#entries.values()].map(({ due }) => due ?? Number.POSITIVE_INFINITY));
    if (soonest === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.max(0, soonest - Date.now()), longestSleep));
  }

  #tick(): void {
    const now = Date.now();
    for (const entry of this.#entries.values()) {
      if (entry.due === undefined || entry.due > now) continue;
      entry.due = this.#next(entry.job, new Date(now));
      if (entry.running) entry.missed = true;
      else this.#start(entry);
    }
    this.#arm();
  }

  #start(entry: Entry): void {
    entry.missed = false;
    entry.running = this.#options
      .run(entry.job)
      .catch((error: unknown) =>
        this.#options.log.error(`cron job ${entry.job.jobid} could not be run`, { cause: String(error) }),
      )
      .then(() => {
        entry.running = undefined;
        if (entry.missed && !this.#stopped && this.#entries.get(entry.job.jobid) === entry) this.#start(entry);
      });
  }
}
