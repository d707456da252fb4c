import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { ExportRequest } from '@/shared/export/export.ts';
import { searchArguments, searchEvents } from '../queries.ts';
import type { AuditFilters, AuditRow } from '../types.ts';
import { textOf } from '@/shared/events.ts';
import { useEventWords } from '@/shared/useEventWords.ts';

const PAGE_SIZE = 2_000;

/**
 * Events appended while pages are read would push the others down: after the first page, nothing newer than its
 * newest event is asked for.
 */
export function pagesFrom(filters: AuditFilters): (page: number) => ReturnType<typeof searchEvents> {
  let until: string | undefined;
  return async (page) => {
    const args = searchArguments({ ...filters, page, size: PAGE_SIZE });
    if (page === 1) {
      const answer = await searchEvents(args);
      // `to_time` is not included; the database counts microseconds, dates here milliseconds.
      until = answer.rows[0] && new Date(new Date(answer.rows[0].created_at).getTime() + 1).toISOString();
      return answer;
    }
    return searchEvents(until ? { ...args, to_time: until } : args);
  };
}

/** Export of a whole filter, newest first. */
export function useAuditExport(
  filters: () => AuditFilters,
): ComputedRef<Omit<ExportRequest<AuditRow>, 'format' | 'onProgress' | 'signal'>> {
  const { t } = useI18n();
  const { sentence } = useEventWords();
  const json = (value: unknown) => (value == null ? null : JSON.stringify(value));
  return computed(() => {
    const { page: _page, page_size: _size, ...asked } = searchArguments(filters());
    return {
      subject: 'events',
      fileName: `audit-${new Date().toISOString().slice(0, 10)}`,
      filters: asked,
      fetchPage: pagesFrom(filters()),
      columns: [
        { header: t('audit.column.sequence'), value: (row) => row.sequence, width: 10 },
        { header: t('audit.column.when'), value: (row) => new Date(row.created_at), width: 18 },
        { header: t('audit.column.who'), value: (row) => row.actor, width: 28 },
        { header: t('audit.column.what'), value: (row) => sentence(row), width: 44 },
        { header: t('audit.column.type'), value: (row) => row.event_type, width: 24 },
        { header: t('audit.column.license'), value: (row) => row.customer_email, width: 28 },
        { header: t('audit.column.license_id'), value: (row) => row.license_id, width: 38 },
        { header: t('shared.events.reason'), value: (row) => textOf(row.event_data.reason), width: 30 },
        { header: t('audit.column.data'), value: (row) => json(row.event_data), width: 40 },
        { header: t('audit.column.ip'), value: (row) => row.ip_address, width: 16 },
        { header: t('audit.column.user_agent'), value: (row) => row.user_agent, width: 30 },
        { header: t('audit.column.hash'), value: (row) => row.hash, width: 66 },
      ],
    };
  });
}
