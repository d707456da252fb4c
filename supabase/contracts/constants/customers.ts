/** What a customer is: the best of their licences. */
export const customerStates = ['active', 'grace_period', 'suspended', 'expired', 'revoked', 'none'] as const;
export type CustomerState = (typeof customerStates)[number];

export const customerSorts = ['created_at', 'email', 'name', 'company'] as const;
export type CustomerSort = (typeof customerSorts)[number];
