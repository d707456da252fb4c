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
