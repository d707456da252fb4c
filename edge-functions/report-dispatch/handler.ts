import type { ReportFormat } from '../../supabase/contracts/constants/reports.ts';
import type { ReportDispatchResponse } from '../../supabase/contracts/functions/report-dispatch.ts';
import { type ReportDocument, toDocument } from '../../supabase/contracts/reports/document.ts';
import type { ReportSnapshot } from '../../supabase/contracts/rows/report.ts';
import { toBase64 } from '../_shared/base64.ts';
import { forCron } from '../_shared/cron.ts';
import type { Handler } from '../_shared/http.ts';
import { logError } from '../_shared/log.ts';
import { toPdf } from './pdf.ts';
import { toCsv, toXlsx } from './sheets.ts';

export interface ClaimedReport {
  id: string;
  attempt: number;
  snapshot: ReportSnapshot;
  formats: readonly ReportFormat[];
}
export interface ReportFile {
  format: ReportFormat;
  name: string;
  content_type: string;
  /** Base64. */
  content: string;
}
/** Runs, as the database knows them: one worker has one at a time, and what an earlier one made is not kept. */
export interface ReportQueue {
  claim(): Promise<ClaimedReport | null>;
  keep(id: string, attempt: number, files: ReportFile[]): Promise<'done' | 'failed' | 'over'>;
  leave(id: string, attempt: number, error: string): Promise<void>;
}
export interface Dependencies {
  queue: ReportQueue;
  cronSecret: string;
  log?(line: string, error: unknown): void;
}

/** Hosted gives a call two seconds of processor; a report takes some hundred milliseconds of it. */
const mostReports = 3;

const types: Record<ReportFormat, string> = {
  pdf: 'application/pdf',
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Report, last day and the schedule's zone, in characters that every system takes. */
export const fileName = ({ name, to_day: day, time_zone: zone }: ReportSnapshot, format: ReportFormat): string =>
  `${name} ${day} ${zone}`
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\w-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase()
    .concat(`.${format}`);

const draw: Record<ReportFormat, (report: ReportDocument, at: Date) => Promise<Uint8Array> | Uint8Array> = {
  pdf: toPdf,
  csv: toCsv,
  xlsx: toXlsx,
};

export async function drawFiles(
  snapshot: ReportSnapshot,
  formats: readonly ReportFormat[],
): Promise<(Omit<ReportFile, 'content'> & { bytes: Uint8Array })[]> {
  const report = toDocument(snapshot);
  return Promise.all(
    formats.map(async (format) => ({
      format,
      name: fileName(snapshot, format),
      content_type: types[format],
      bytes: await draw[format](report, new Date(snapshot.as_of)),
    })),
  );
}

/**
 * POST with `x-cron-secret` → draws reports that are due from their snapshots and hands them back, to be mailed → 200
 * `{done, failed}`. 401 on a wrong secret. Several may run at once.
 */
export function createHandler({ queue, cronSecret, log = logError }: Dependencies): Handler {
  return forCron<ReportDispatchResponse>(cronSecret, async () => {
    const answer = { done: 0, failed: 0 };
    for (let made = 0; made < mostReports; made += 1) {
      const claimed = await queue.claim();
      if (!claimed) break;
      const { id, attempt } = claimed;
      try {
        const drawn = await drawFiles(claimed.snapshot, claimed.formats);
        const files = drawn.map(({ bytes, ...file }) => ({ ...file, content: toBase64(bytes) }));
        const next = await queue.keep(id, attempt, files);
        if (next !== 'over') answer[next] += 1;
      } catch (error) {
        log(`report "${id}" could not be made`, error);
        answer.failed += 1;
        await queue.leave(id, attempt, error instanceof Error ? error.message : String(error));
      }
    }
    return answer;
  });
}
