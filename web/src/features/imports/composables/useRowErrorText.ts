import { useI18n } from 'vue-i18n';
import type { RowError } from '../types.ts';

/** What is wrong with a cell, in words. */
export function useRowErrorText() {
  const { t, te } = useI18n();
  const columnName = (error: RowError) =>
    te(`imports.field.${error.column}`) ? t(`imports.field.${error.column}`) : error.column;
  const reason = (error: RowError) =>
    te(`imports.reason.${error.reason}`) ? t(`imports.reason.${error.reason}`) : error.reason;
  return {
    columnName,
    reason,
    sentence: (error: RowError) => t('imports.errors.sentence', { column: columnName(error), reason: reason(error) }),
  };
}
