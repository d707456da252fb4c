import type { EventBook } from '@/shared/events.ts';
import { inert } from './display.ts';

export default {
  entries: {
    log_group: ({ data }, { t, number }) => ({
      icon: 'i-lucide-text-quote',
      title: t(`logs.level.${data.level}`),
      beside: inert(data.title),
      details: t('logs.entries.lines', { count: number(data.lines) }, data.lines),
      to: { name: 'logs', query: { view: 'groups', group: String(data.group_id) } },
    }),
  },
  kinds: {
    log_token_created: { icon: 'i-lucide-key-round' },
    log_token_revoked: { icon: 'i-lucide-ban' },
    log_group_resolved: { icon: 'i-lucide-circle-check' },
    log_group_ignored: { icon: 'i-lucide-bell-off' },
    log_group_reopened: { icon: 'i-lucide-rotate-ccw' },
    log_rule_created: { icon: 'i-lucide-plus' },
    log_rule_changed: { icon: 'i-lucide-pencil' },
    log_rule_deleted: { icon: 'i-lucide-trash-2' },
    log_rule_paused: { icon: 'i-lucide-bell-off' },
    log_rule_resumed: { icon: 'i-lucide-bell' },
    log_export_requested: { icon: 'i-lucide-download' },
    log_export_done: { icon: 'i-lucide-circle-check' },
    log_export_linked: { icon: 'i-lucide-link' },
    log_group_assigned: { icon: 'i-lucide-user-check' },
  },
} satisfies EventBook;
