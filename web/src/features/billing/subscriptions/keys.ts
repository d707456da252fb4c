import type { SubscriptionFilters } from './types.ts';

export const subscriptionKeys = {
  prices: () => ['stripe_prices'] as const,
  all: ['subscriptions'] as const,
  lists: () => [...subscriptionKeys.all, 'list'] as const,
  list: (filters: SubscriptionFilters) => [...subscriptionKeys.lists(), filters] as const,
  summary: () => [...subscriptionKeys.all, 'summary'] as const,
  detail: (id: string) => [...subscriptionKeys.all, 'detail', id] as const,
  upcoming: (id: string) => [...subscriptionKeys.all, 'upcoming', id] as const,
  licenses: (customerId: string) => [...subscriptionKeys.all, 'licenses', customerId] as const,
  coupons: () => [...subscriptionKeys.all, 'coupons'] as const,
  previews: () => [...subscriptionKeys.all, 'preview'] as const,
  preview: (id: string, plan: string | undefined) => [...subscriptionKeys.previews(), id, plan] as const,
  events: (id: string) => [...subscriptionKeys.all, 'events', id] as const,
};
