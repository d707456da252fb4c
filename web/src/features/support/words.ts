import type { Tone } from '@/shared/components/StatusBadge.vue';
import type { TicketPriority, TicketStatus } from './types.ts';

export const statusTones: Record<TicketStatus, Tone> = {
  open: 'warning',
  in_progress: 'info',
  waiting: 'neutral',
  resolved: 'success',
  closed: 'neutral',
};

export const priorityIcons: Record<TicketPriority, string> = {
  low: 'i-lucide-chevron-down',
  medium: 'i-lucide-equal',
  high: 'i-lucide-chevron-up',
  critical: 'i-lucide-siren',
};

/** The parts of a headline: what was found stands between U+E000 and U+E001. */
export const headlineParts = (headline: string): { text: string; found: boolean }[] =>
  headline
    .split('\uE000')
    .flatMap((part, index) => {
      const [found = '', rest] = index === 0 ? ['', part] : part.split('\uE001');
      return [
        { text: found, found: true },
        { text: rest ?? '', found: false },
      ];
    })
    .filter(({ text }) => text !== '');
