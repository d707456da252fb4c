import type { Tone } from '@/shared/components/StatusBadge.vue';
import type { LogLine } from './types.ts';

type Level = NonNullable<LogLine['level']> | 'none';

interface LevelLook {
  tone: Tone;
  icon: string;
  /** Of the word, beside the icon. */
  text: string;
  /** Variable of its colour in charts. */
  color: string;
}

export const LEVEL_LOOKS: Record<Level, LevelLook> = {
  error: { tone: 'error', icon: 'i-lucide-circle-x', text: 'text-error', color: '--ui-color-error-500' },
  warning: {
    tone: 'warning',
    icon: 'i-lucide-triangle-alert',
    text: 'text-warning',
    color: '--ui-color-warning-500',
  },
  info: { tone: 'info', icon: 'i-lucide-info', text: 'text-info', color: '--ui-color-info-500' },
  debug: { tone: 'neutral', icon: 'i-lucide-settings-2', text: 'text-muted', color: '--ui-color-neutral-400' },
  none: { tone: 'neutral', icon: 'i-lucide-dot', text: 'text-muted', color: '--ui-color-neutral-300' },
};
