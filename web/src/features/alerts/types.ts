import type { ConsoleAlert } from '@/shared/alerts.ts';

export interface ListedAlert extends ConsoleAlert {
  is_read: boolean;
}

export interface AlertPage {
  rows: ListedAlert[];
  has_more: boolean;
}
