export interface Alert {
  id: string;
  kind: string;
  severity: 'info' | 'warning' | 'error';
  data: Record<string, unknown>;
  created_at: Date | string;
}

const texts: Record<string, (data: Record<string, unknown>) => string> = {
  payment_failed: (data) => `Paiement échoué : ${data['email']}, ${money(data)}${reason(data)}`,
  payment_action_required: (data) => `Le client doit confirmer son paiement : ${data['email']}, ${money(data)}`,
  payment_disputed: (data) => `Litige ouvert : ${data['email']}, ${money(data)}${reason(data)}`,
  payment_refunded: (data) => `Remboursement : ${data['email']}, ${money(data)}`,
  subscription_canceled: (data) => `Abonnement terminé : ${data['email']}`,
  license_revoked_unpaid: (data) => `Licence révoquée après ${data['days']} jours d’impayé : ${data['email']}`,
  payment_for_revoked_license: (data) => `Paiement reçu pour une licence révoquée : ${data['email']}, ${money(data)}`,
  checkout_needs_attention: (data) => `Un achat demande votre attention : ${data['email']}`,
  stripe_event_failed: (data) => `Événement Stripe en échec : ${data['type']} (${data['event_id']})`,
  stripe_drift_found: (data) => `Écarts avec Stripe trouvés : ${data['count']}`,
};
/** For one, and for many. */
const titles: Record<string, [string, string]> = {
  payment_failed: ['paiement échoué', 'paiements échoués'],
  payment_action_required: ['paiement à confirmer', 'paiements à confirmer'],
  payment_disputed: ['litige', 'litiges'],
  payment_refunded: ['remboursement', 'remboursements'],
  subscription_canceled: ['abonnement terminé', 'abonnements terminés'],
  license_revoked_unpaid: ['licence révoquée pour impayé', 'licences révoquées pour impayé'],
  payment_for_revoked_license: ['paiement pour une licence révoquée', 'paiements pour des licences révoquées'],
  checkout_needs_attention: ['achat à traiter', 'achats à traiter'],
  stripe_event_failed: ['événement Stripe en échec', 'événements Stripe en échec'],
  stripe_drift_found: ['synchronisation avec des écarts', 'synchronisations avec des écarts'],
};

function money(data: Record<string, unknown>): string {
  const currency =
    typeof data['currency'] === 'string' && /^[A-Z]{3}$/.test(data['currency']) ? data['currency'] : 'EUR';
  return new Intl.NumberFormat('fr-FR', { style: 'currency', currency }).format(
    Number(data['amount_cents'] ?? 0) / 100,
  );
}

const reason = (data: Record<string, unknown>) => {
  const given = data['failure_code'] ?? data['reason'];
  return given ? ` (${given})` : '';
};

const one = (alert: Alert) => (texts[alert.kind] ? texts[alert.kind]!(alert.data) : alert.kind);
const sign = (alert: Alert) => (alert.severity === 'error' ? '🔴' : '🟠');

/** Up to this many are told one by one; more become one message that counts them. */
const apart = 5;

/** The messages for some alerts, in the language of the team: each alert is in exactly one. */
export function renderAlerts(alerts: Alert[], consoleUrl: string): Array<{ ids: string[]; text: string }> {
  if (alerts.length === 0) return [];
  if (alerts.length <= apart)
    return alerts.map((alert) => ({ ids: [alert.id], text: `${sign(alert)} ${one(alert)}\n${consoleUrl}` }));
  const counts = new Map<string, number>();
  for (const { kind } of alerts) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const worst = alerts.some(({ severity }) => severity === 'error') ? '🔴' : '🟠';
  const lines = [...counts].map(([kind, count]) => `• ${count} ${titles[kind]?.[count === 1 ? 0 : 1] ?? kind}`);
  return [
    {
      ids: alerts.map(({ id }) => id),
      text: [`${worst} ${alerts.length} alertes WhatAutosys`, ...lines, consoleUrl].join('\n'),
    },
  ];
}
