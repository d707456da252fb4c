import { useI18n } from 'vue-i18n';
import { toAppError, useErrorText } from '@/base/errors.ts';
import { useFormat } from '@/base/format.ts';
import type { LogRule } from './queries.ts';

type Figures = Pick<LogRule, 'kind' | 'counted_by' | 'threshold' | 'minutes' | 'factor'>;

const MINUTE = 60_000;

export function useRuleWords() {
  const { t, te } = useI18n();
  const format = useFormat();
  const errorText = useErrorText();

  /** “More than 10 lines in 10 minutes, for each licence”. */
  function what({ kind, counted_by, threshold, minutes, factor }: Figures): string {
    const said = t(
      `logs.rules.what.${kind}`,
      {
        count: format.value.number(threshold ?? 0),
        period: format.value.duration((minutes ?? 0) * MINUTE),
        factor: format.value.number(factor ?? 0),
      },
      threshold ?? 0,
    );
    return kind === 'count' && counted_by !== 'all' ? `${said}, ${t(`logs.rules.each.${counted_by}`)}` : said;
  }

  /** Why a rule is refused, as precisely as the database says it. */
  function refusal(error: unknown): string {
    const { hint, details } = toAppError(error);
    const { reason = '', position } = readDetails(details);
    const key = hint === 'log_rule_never_fires' ? `logs.rules.never.${reason}` : `logs.rules.unreadable.${reason}`;
    if (!te(key)) return errorText(error);
    const where = position === undefined ? '' : ` ${t('logs.rules.at_character', { position: position + 1 })}`;
    return `${errorText(error)} ${t(key)}${where}`;
  }
  return { what, refusal };
}

function readDetails(details: unknown): { reason?: string; position?: number } {
  try {
    return (typeof details === 'string' && details ? JSON.parse(details) : {}) as object;
  } catch {
    return {};
  }
}
