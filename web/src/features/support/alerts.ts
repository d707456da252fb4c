import { ticketClocks } from '@contracts/constants/tickets.ts';
import type { AlertBook, AlertKind } from '@/shared/alerts.ts';

const deadline: AlertKind = {
  reason({ data }, { t }) {
    const clock = ticketClocks.find((known) => known === data.clock);
    return clock ? t(`support.alert_detail.${clock}`, { number: Number(data.number) }) : '';
  },
  target: ({ subject_id: number }, can) =>
    number && can('tickets.read') ? { name: 'support', query: { folder: 'all', ticket: number } } : null,
};

export default { ticket_due_soon: deadline, ticket_breached: deadline } satisfies AlertBook;
