import type { DropdownMenuItem } from '@nuxt/ui';
import { useI18n } from 'vue-i18n';

export interface RowAction<Kind extends string> {
  kind: Kind;
  icon: string;
  danger: boolean;
  /** Refusals under which it would mean nothing: “resume” while nothing ends. */
  pointlessWhen?: readonly string[];
}
type Said<Kind extends string> = Record<Kind, string | null>;

/** What a menu shows: not what the role forbids, nor what would mean nothing. */
export const offeredActions = <Action extends RowAction<string>>(
  actions: readonly Action[],
  said: Said<Action['kind']>,
): Action[] =>
  actions.filter(({ kind, pointlessWhen = [] }) => {
    const refusal = said[kind as Action['kind']];
    return refusal !== 'permission_denied' && !pointlessWhen.includes(refusal ?? '');
  });

/**
 * Entries of a row's menu: the database has said what may be done and why not. What would be refused is shown and
 * cannot be chosen; what is dangerous comes last.
 */
export function useActionItems() {
  const { t, te } = useI18n();
  return <Kind extends string>(
    actions: readonly RowAction<Kind>[],
    said: Said<Kind>,
    label: (kind: Kind) => string,
    act: (kind: Kind) => void,
  ): DropdownMenuItem[][] => {
    const entry = ({ kind, icon, danger }: RowAction<Kind>): DropdownMenuItem => {
      const refusal = said[kind];
      const key = `errors.code.${refusal}`;
      return {
        label: label(kind),
        icon,
        ...(danger && refusal === null ? { color: 'error' as const } : {}),
        ...(refusal === null
          ? { onSelect: () => act(kind) }
          : { disabled: true, description: te(key) ? t(key) : refusal }),
      };
    };
    const shown = offeredActions(actions, said);
    return [shown.filter(({ danger }) => !danger), shown.filter(({ danger }) => danger)]
      .filter((group) => group.length > 0)
      .map((group) => group.map(entry));
  };
}
