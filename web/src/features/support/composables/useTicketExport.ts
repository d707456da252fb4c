import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { ExportRequest } from '@/shared/export/export.ts';
import { searchArguments, searchTickets } from '../queries.ts';
import type { FoundTicket, TicketFilters } from '../types.ts';

const PAGE_SIZE = 2_000;
const minutes = (seconds: number | null) => (seconds === null ? null : Math.round(seconds / 60));
const moment = (value: string | null) => (value ? new Date(value) : null);

/** One row a ticket, with its first answer, its resolution and whether a deadline was missed. No word of anybody. */
export function useTicketExport(
  filters: () => TicketFilters,
): ComputedRef<Omit<ExportRequest<FoundTicket>, 'format' | 'onProgress' | 'signal'>> {
  const { t } = useI18n();
  return computed(() => {
    const asked = filters();
    const header = (key: string) => t(`support.exports.${key}`);
    return {
      subject: 'tickets',
      fileName: `tickets-${new Date().toISOString().slice(0, 10)}`,
      filters: searchArguments({ ...asked, page: 1 }),
      fetchPage: (page) => searchTickets({ ...asked, sort: 'created_at', desc: false, page, size: PAGE_SIZE }),
      columns: [
        { header: header('number'), value: (row) => row.number, width: 10 },
        { header: header('subject'), value: (row) => row.subject, width: 40 },
        { header: header('status'), value: (row) => t(`support.status.${row.status}`), width: 12 },
        { header: header('priority'), value: (row) => t(`support.priority.${row.priority}`), width: 12 },
        { header: header('channel'), value: (row) => t(`support.channel.${row.channel}`), width: 12 },
        { header: header('email'), value: (row) => row.customer_email ?? row.from_address, width: 32 },
        { header: header('customer'), value: (row) => row.customer_name, width: 26 },
        { header: header('assignee'), value: (row) => row.assigned_name, width: 20 },
        { header: header('tags'), value: (row) => row.tags.join(', '), width: 24 },
        { header: header('created_at'), value: (row) => new Date(row.created_at), width: 18 },
        { header: header('first_responded_at'), value: (row) => moment(row.first_responded_at), width: 18 },
        { header: header('first_response_minutes'), value: (row) => minutes(row.first_response_seconds), width: 12 },
        { header: header('resolved_at'), value: (row) => moment(row.resolved_at), width: 18 },
        { header: header('resolution_minutes'), value: (row) => minutes(row.resolution_seconds), width: 12 },
        { header: header('breached'), value: (row) => t(row.is_breached ? 'support.yes' : 'support.no'), width: 10 },
      ],
    };
  });
}
