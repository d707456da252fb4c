import type { LogExport } from './queries.ts';

type Measured = Pick<
  LogExport,
  'state' | 'line_count' | 'expected_lines' | 'searched_to' | 'from_time' | 'to_time' | 'created_at'
>;

export const isUnfinished = ({ state }: Pick<LogExport, 'state'>): boolean => state === 'queued' || state === 'running';

/** How much of an export is written, in percent: by its lines, or by its time where nobody has counted them. */
export function percentOf(each: Measured): number | null {
  if (each.state === 'done') return 100;
  if (each.expected_lines) return capped(each.line_count / each.expected_lines);
  if (!each.searched_to) return each.state === 'queued' ? 0 : null;
  const end = Math.min(Date.parse(each.to_time ?? each.created_at), Date.parse(each.created_at));
  const begin = Date.parse(each.from_time ?? '');
  return Number.isNaN(begin) || end <= begin ? null : capped((end - Date.parse(each.searched_to)) / (end - begin));
}

/** Whole only once it is done. */
const capped = (share: number): number => Math.max(0, Math.min(99, Math.floor(share * 100)));
