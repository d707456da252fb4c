import type { ConsoleAlert } from './types.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export interface AlertWords {
  t(key: string, named?: Record<string, unknown>, count?: number): string;
  money(cents: number, currency: string): string;
  number(value: number): string;
  failure(code: string): string;
}

/** What happened, in a title and a line of detail. */
export function alertText(
  { kind, data }: ConsoleAlert,
  { t, money, number, failure }: AlertWords,
): { title: string; detail: string } {
  const amount = typeof data.amount_cents === 'number' ? money(data.amount_cents, text(data.currency) || 'EUR') : '';
  const count = typeof data.count === 'number' ? data.count : typeof data.days === 'number' ? data.days : 0;
  const title = t(`alerts.kind.${kind}`, { count: number(count) }, count);
  const reason = text(data.failure_code) ? failure(text(data.failure_code)) : text(data.error) || text(data.type);
  return { title, detail: [text(data.email), amount, reason].filter(Boolean).join(' · ') };
}

/** The page an alert is about; null when this person may not open it. */
export function alertTarget(alert: ConsoleAlert, can: (permission: string) => boolean): string | null {
  if (alert.kind === 'stripe_event_failed' || alert.kind === 'checkout_needs_attention')
    return can('stripe.read') ? '/stripe?status=failed' : null;
  if (alert.kind === 'stripe_drift_found') return can('stripe.read') ? '/stripe?tab=drifts' : null;
  if (alert.subscription_id && can('subscriptions.read')) return `/abonnements?subscription=${alert.subscription_id}`;
  if (alert.license_id && can('licenses.read'))
    return `/licences/${alert.license_id}${can('payments.read') ? '?tab=payments' : ''}`;
  return null;
}

/** Calendar day where the reader is. */
const dayOf = (instant: string): string => new Date(instant).toDateString();

/** Alerts of one day together, in the order they came. */
export function byDay<Alert extends ConsoleAlert>(alerts: readonly Alert[]): { day: string; alerts: Alert[] }[] {
  const days: { day: string; alerts: Alert[] }[] = [];
  for (const alert of alerts) {
    const last = days.at(-1);
    if (last && dayOf(last.day) === dayOf(alert.created_at)) last.alerts.push(alert);
    else days.push({ day: alert.created_at, alerts: [alert] });
  }
  return days;
}
