/** What a customer is: the best of their licences. */
export const customerStates = ['active', 'grace_period', 'suspended', 'expired', 'revoked', 'none'] as const;
export type CustomerState = (typeof customerStates)[number];

export const customerActions = ['update', 'forget'] as const;
/** Why nothing is written to an address. */
export const mailRefusals = ['bounced', 'complained'] as const;

export const customerSorts = ['created_at', 'email', 'name', 'company'] as const;
export type CustomerSort = (typeof customerSorts)[number];
