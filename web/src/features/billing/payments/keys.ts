import type { PaymentFilters, PaymentSubject } from './types.ts';

export const paymentKeys = {
  all: ['payments'] as const,
  lists: () => [...paymentKeys.all, 'list'] as const,
  list: (filters: PaymentFilters) => [...paymentKeys.lists(), filters] as const,
  days: (from: string, to: string) => [...paymentKeys.all, 'days', from, to] as const,
  of: (subject: PaymentSubject) => [...paymentKeys.all, 'of', subject] as const,
};
