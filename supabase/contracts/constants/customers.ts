/** What a customer is: the best of their licences. */
export const customerStates = ['active', 'grace_period', 'suspended', 'expired', 'revoked', 'none'] as const;
export type CustomerState = (typeof customerStates)[number];

export const customerActions = ['update', 'forget'] as const;
/** Why nothing is written to an address. */
export const mailRefusals = ['bounced', 'complained'] as const;

export const customerSorts = ['created_at', 'email', 'name', 'company'] as const;
export type CustomerSort = (typeof customerSorts)[number];

/** What may speak against the health of a customer. */
export const healthReasons = [
  'disputed',
  'payment_failed',
  'expires_soon',
  'silent',
  'errors_surge',
  'urgent_ticket',
] as const;

/** What a timeline is narrowed to; `staff` is what members of staff did, of whatever kind. */
export const activityKinds = ['license', 'payment', 'ticket', 'log', 'check_in', 'mail', 'staff'] as const;
export type ActivityKind = (typeof activityKinds)[number];
