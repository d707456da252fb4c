export const logLevels = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logGroupStatuses = ['open', 'resolved', 'ignored'] as const;
export type LogGroupStatus = (typeof logGroupStatuses)[number];

/** Lines of one batch. */
export const LOG_BATCH_LINES = 1_000;
/** Bytes of one batch. */
export const LOG_BATCH_BYTES = 1_048_576;
/** Bytes of a line's message, stack and context together. */
export const LOG_LINE_BYTES = 16_384;

export const logRuleKinds = ['count', 'rate', 'new_group', 'returned_group', 'silence'] as const;
export type LogRuleKind = (typeof logRuleKinds)[number];

/** What fires by itself. */
export const logRuleKeys = ['all', 'license', 'group'] as const;
export type LogRuleKey = (typeof logRuleKeys)[number];

/** Where a rule is told beside the console. */
export const logRuleChannels = ['telegram', 'slack', 'email'] as const;
export type LogRuleChannel = (typeof logRuleChannels)[number];

export const logExportFormats = ['csv', 'ndjson'] as const;
export type LogExportFormat = (typeof logExportFormats)[number];

export const logExportStates = ['queued', 'running', 'done', 'cancelled', 'failed'] as const;
export type LogExportState = (typeof logExportStates)[number];

/** Why an export failed. */
export const logExportFailures = [
  'storage_refused',
  'interrupted',
  'not_allowed',
  'unexpected',
  'customer_forgotten',
] as const;
export type LogExportFailure = (typeof logExportFailures)[number];

/** Where parts of exports lie in Storage. */
export const LOG_EXPORT_BUCKET = 'log-exports';
