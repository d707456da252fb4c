import { useI18n } from 'vue-i18n';
import { toAppError } from '@/base/errors.ts';
import { useFormat } from '@/base/format.ts';
import { usePlans } from '@/shared/plans.ts';
import type { OpenAct } from '@contracts/rows/billing.ts';

interface Refusal {
  act?: OpenAct;
  changed?: Record<string, { seen: unknown; now: unknown }>;
  currency?: string;
}

const refusalOf = (error: unknown): Refusal => {
  const { code, details } = toAppError(error);
  const says = code === 'act_under_way' || code === 'seen_changed';
  return says && typeof details === 'object' && details !== null ? (details as Refusal) : {};
};

/** Acts at Stripe in words: what was asked, by whom, and what has changed since a dialog was opened. */
export function useActWords() {
  const { t } = useI18n();
  const format = useFormat();
  const plans = usePlans();

  /** “rembourser 5,00 €”. */
  const what = ({ action, amount_cents }: Pick<OpenAct, 'action' | 'amount_cents'>, currency: string): string =>
    action === 'refund' && amount_cents !== null
      ? t('actions.act.refund_of', { amount: format.value.money(amount_cents, currency) })
      : t(`actions.act.${action}`);
  const asked = ({ by, at }: OpenAct): string =>
    by
      ? t('actions.open.asked', { by, at: format.value.dateTime(at) })
      : t('actions.open.asked_by_nobody', { at: format.value.dateTime(at) });

  function shown(column: string, value: unknown, currency: string): string {
    if (value === null || value === undefined) return t('shared.none');
    if (typeof value === 'boolean') return t(`actions.changed.${value ? 'yes' : 'no'}`);
    if (column === 'plan') return plans.name(String(value));
    if (column === 'amount_cents' || column === 'amount_refunded') return format.value.money(Number(value), currency);
    if (column === 'current_period_end' || column === 'cancel_at') return format.value.date(String(value));
    return typeof value === 'object' ? t('actions.changed.other') : String(value);
  }

  /** What a refusal is about, a sentence each: whose act is under way, or what changed and by whom. */
  function facts(error: unknown): string[] {
    const { act, changed = {}, currency = 'EUR' } = refusalOf(error);
    const when = act ? format.value.dateTime(act.at) : '';
    const { amount_refunded: refunded, ...others } = changed;
    const amount = refunded && format.value.money(Number(refunded.now) - Number(refunded.seen), currency);
    const columns = Object.entries(others).map(([column, { seen, now }]) =>
      t('actions.changed.from_to', {
        column: t(`actions.changed.column.${column}`),
        before: shown(column, seen, currency),
        after: shown(column, now, currency),
      }),
    );
    if (toAppError(error).code === 'act_under_way')
      return act ? [t(`actions.open.title.${act.state}`, { act: what(act, currency) }), asked(act)] : [];
    return [
      ...(amount && act?.action === 'refund' && act.by
        ? [t('actions.changed.refunded_by', { amount, by: act.by, at: when })]
        : amount
          ? [t('actions.changed.refunded', { amount })]
          : act?.by
            ? [t('actions.changed.by', { by: act.by, act: what(act, currency), at: when })]
            : []),
      ...columns,
      ...(toAppError(error).code === 'seen_changed' ? [t('actions.changed.reopen')] : []),
    ];
  }
  return { what, asked, facts };
}
