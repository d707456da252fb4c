export const riskReasons = ['expiring', 'payment_failed', 'silent', 'errors'] as const;
export type RiskReason = (typeof riskReasons)[number];
