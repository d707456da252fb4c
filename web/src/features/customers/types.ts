import type { CustomerSort, CustomerState } from '@contracts/constants/customers.ts';

export type { CustomerDetails, CustomerRow } from '@contracts/rows/customer.ts';
export type { CustomerState };
export { customerSorts as CUSTOMER_SORTS, customerStates as CUSTOMER_STATES } from '@contracts/constants/customers.ts';

export interface CustomerFilters {
  q: string;
  segment: CustomerState | '';
  sort: CustomerSort;
  desc: boolean;
  page: number;
  size: number;
}
