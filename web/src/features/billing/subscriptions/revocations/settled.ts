import { textOf, type AuditEvent, type EventKind, type EventWords } from '@/shared/events.ts';

/** “abonnement résilié · licence révoquée · remboursement de 19,00 € refusé”: each part with what became of it. */
function partsOf({ event_data }: AuditEvent, words: EventWords): string | null {
  const parts = event_data?.parts;
  if (typeof parts !== 'object' || parts === null) return null;
  const { cancel, license, refund } = parts as Record<string, unknown>;
  const cents = event_data?.refund_cents;
  const said = (part: string, state: unknown) => words.t(`subscriptions.revocations.part.${part}.${textOf(state)}`);
  return [
    words.t(`subscriptions.revocations.part.cancel.${cancel === 'done' ? textOf(event_data?.billing) : 'failed'}`),
    said('license', license),
    ...(refund && typeof cents === 'number'
      ? [
          words.t(`subscriptions.revocations.part.refund.${textOf(refund)}`, {
            amount: words.money(cents, textOf(event_data?.currency) || 'EUR'),
          }),
        ]
      : []),
  ].join(' · ');
}

export const revocationSettled: EventKind = {
  icon: 'i-lucide-ban',
  tell(event, words) {
    const parts = partsOf(event, words);
    return parts ? { key: 'license_revocation_settled', named: { parts } } : null;
  },
  beside: partsOf,
};
