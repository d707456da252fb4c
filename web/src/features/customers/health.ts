import type { HealthReason } from '@contracts/rows/customer.ts';
import type { RouteLocationRaw } from 'vue-router';
import type { Formatter } from '@/base/format.ts';
import type { Tone } from '@/shared/components/StatusBadge.vue';
import { textOf } from '@/shared/events.ts';

export const toneOf = (score: number): Tone => (score >= 80 ? 'success' : score >= 50 ? 'warning' : 'error');

type Named = Record<string, string>;

/** A reason in words: a sentence of `customers.health`, and where one sees to it. */
export function tellReason(
  { code, at, license_id, license_key_hint, details }: HealthReason,
  format: Formatter,
  now: Date,
): { key: string; named: Named; to: RouteLocationRaw } {
  const named: Named = { hint: license_key_hint ?? '', date: at ? format.date(at) : '' };
  const license = license_id ? { name: 'license', params: { id: license_id } } : { query: { tab: 'licenses' } };
  const payments = { query: { tab: 'payments' } };
  switch (code) {
    case 'expires_soon':
      return { key: at && new Date(at) < now ? 'expired' : 'expires_soon', named, to: license };
    case 'silent':
      return { key: at ? 'silent' : 'never_seen', named, to: license };
    case 'errors_surge':
      return {
        key: 'errors_surge',
        named: { ...named, errors: format.number(Number(details.errors)), mean: format.number(Number(details.mean)) },
        to: { query: { tab: 'logs' } },
      };
    case 'urgent_ticket':
      return {
        key: 'urgent_ticket',
        named: { number: textOf(details.ticket_number), subject: textOf(details.subject) },
        to: { name: 'support', query: { folder: 'all', ticket: textOf(details.ticket_number) } },
      };
    case 'disputed':
      return {
        key: 'disputed',
        named: { ...named, amount: format.money(Number(details.amount_cents), textOf(details.currency)) },
        to: payments,
      };
    case 'payment_failed':
      return { key: 'payment_failed', named, to: payments };
  }
}
