import type { DataColumn } from '@/shared/components/table.ts';

export const LOG_TABLE = 'logs';
/** Those one may do without; the message always stands. */
const OPTIONAL = ['day', 'time', 'level', 'source', 'client', 'version'] as const;
type LogColumn = (typeof OPTIONAL)[number];
export const LOG_DEFAULTS: LogColumn[] = ['day', 'time', 'level', 'source', 'client'];

export const logColumns = (t: (key: string) => string): DataColumn[] => [
  ...OPTIONAL.map((key) => ({ key, label: t(`logs.column.${key}`) })),
  { key: 'message', label: t('logs.column.message'), fixed: true },
];

const WIDTHS: Record<LogColumn, string> = {
  day: '2.75rem',
  time: '5.5rem',
  level: '7rem',
  source: '6rem',
  client: '9rem',
  version: '5rem',
};
/** One grid for all rows: virtual ones have no table to give them widths. */
export const gridOf = (columns: readonly string[]): string =>
  [...OPTIONAL.filter((column) => columns.includes(column)).map((column) => WIDTHS[column]), 'minmax(0, 1fr)'].join(
    ' ',
  );
