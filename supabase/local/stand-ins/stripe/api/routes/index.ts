import { afterPayment } from './after-payment.ts';
import { checkout } from './checkout.ts';
import { coupons } from './coupons.ts';
import { customers } from './customers.ts';
import { events } from './events.ts';
import { invoices } from './invoices.ts';
import { paymentMethods } from './payment-methods.ts';
import { payments } from './payments.ts';
import { products } from './products.ts';
import { subscriptions } from './subscriptions.ts';
import { testClocks } from './test-clocks.ts';
import type { Route } from './route.ts';

export const routes: Route[] = [
  ...products,
  ...coupons,
  ...customers,
  ...paymentMethods,
  ...testClocks,
  ...subscriptions,
  ...invoices,
  ...payments,
  ...afterPayment,
  ...checkout,
  ...events,
];
