import type { customerActions } from '@contracts/constants/customers.ts';
import type { RowAction } from '@/shared/useActionItems.ts';

export type CustomerActionKind = (typeof customerActions)[number];

export const CUSTOMER_ACTIONS: readonly RowAction<CustomerActionKind>[] = [
  { kind: 'update', icon: 'i-lucide-user-pen', danger: false },
  { kind: 'forget', icon: 'i-lucide-user-x', danger: true },
];
