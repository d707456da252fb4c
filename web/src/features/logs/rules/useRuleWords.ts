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
    const key = hint === 'log_rule_never_fires' ? `logs.rules.never.${reasonOf(details)}` : '';
    return te(key) ? `${errorText(error)} ${t(key)}` : errorText(error);
  }
  return { what, refusal };
}

function reasonOf(details: unknown): string {
  try {
    return (JSON.parse(String(details)) as { reason?: string }).reason ?? '';
  } catch {
    return '';
  }
}
