import { queryOptions } from '@tanstack/vue-query';
import type { RouteLocationRaw } from 'vue-router';
import { loadMessages } from '@/base/i18n.ts';
import type { AlertKind, AlertWords, ConsoleAlert } from '@/shared/alerts.ts';
import { textOf } from '@/shared/events.ts';
import type { FeatureModule } from '@/shared/module.ts';

interface OwnedKind extends AlertKind {
  /** The feature it belongs to, whose messages say it. */
  room: string;
}
export type AlertKinds = ReadonlyMap<string, OwnedKind>;

export async function loadAlertKinds(modules: readonly FeatureModule[]): Promise<AlertKinds> {
  const owners = modules.filter((module) => module.alerts);
  const [books] = await Promise.all([
    Promise.all(owners.map(async (module) => ({ room: module.name, book: (await module.alerts!()).default }))),
    loadMessages(...owners.flatMap(({ name, speaks = [] }) => [name, ...speaks])),
  ]);
  return new Map(
    books.flatMap(({ room, book }) => Object.entries(book).map(([kind, about]) => [kind, { ...about, room }] as const)),
  );
}

export const alertKindsQuery = (modules: readonly FeatureModule[]) =>
  queryOptions({
    queryKey: ['alert_kinds'],
    queryFn: () => loadAlertKinds(modules),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    networkMode: 'always',
  });

interface Words extends AlertWords {
  t(key: string, named?: Record<string, unknown>, count?: number): string;
  money(amount: number, currency: string): string;
  number(value: number): string;
}

/** What happened, in a title and a line of detail. */
export function alertText(
  kinds: AlertKinds | undefined,
  alert: ConsoleAlert,
  words: Words,
): { title: string; detail: string } {
  const { kind, data } = alert;
  const owner = kinds?.get(kind);
  const amount =
    typeof data.amount_cents === 'number' ? words.money(data.amount_cents, textOf(data.currency) || 'EUR') : '';
  const count = typeof data.count === 'number' ? data.count : typeof data.days === 'number' ? data.days : 0;
  const title = owner ? words.t(`${owner.room}.alerts.${kind}`, { count: words.number(count) }, count) : kind;
  return { title, detail: [alert.customer_email, amount, owner?.reason?.(alert, words)].filter(Boolean).join(' · ') };
}

/** The page an alert is about; null when this person may not open it. */
export const alertTarget = (
  kinds: AlertKinds | undefined,
  alert: ConsoleAlert,
  can: (permission: string) => boolean,
): RouteLocationRaw | null => kinds?.get(alert.kind)?.target(alert, can) ?? null;

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
