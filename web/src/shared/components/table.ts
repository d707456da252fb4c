/** Narrower than this, rows are cards. */
export const TABLE_FROM = '(min-width: 640px)';

export interface DataColumn {
  key: string;
  label: string;
  sortable?: boolean;
  align?: 'start' | 'end';
  /** The header is read by screen readers only. */
  hideLabel?: boolean;
  /** Cannot be taken away in the column choice. */
  fixed?: boolean;
  /** Shown only to who asks for it. */
  optional?: boolean;
  class?: string;
}

/** Sorting a sorted column turns it round; a new one starts in its natural direction. */
export function nextSort(
  current: { sort: string; descending: boolean },
  key: string,
): { sort: string; descending: boolean } {
  return current.sort === key ? { sort: key, descending: !current.descending } : { sort: key, descending: false };
}
