import type Stripe from 'stripe';
import type { Core } from '../core.ts';
import { errors } from '../errors.ts';
import { needCustomer } from '../objects/customers.ts';
import type { Params } from '../params.ts';

/** POST /v1/checkout/sessions, mode `subscription`. */
export function createCheckout(core: Core, params: Params): Stripe.Checkout.Session {
  if ((params.text('mode') ?? 'subscription') !== 'subscription')
    throw errors.invalid('This stand-in sells subscriptions only', 'mode');
  const customer = params.text('customer');
  if (customer) needCustomer(core, customer, 'customer');
  const automaticTax = params.child('automatic_tax')?.boolean('enabled') ?? false;
  const taxIds = params.child('tax_id_collection')?.boolean('enabled') ?? false;
  const update = params.child('customer_update');
  if (update && !customer)
    throw errors.invalid('`customer_update` can only be used with `customer`.', 'customer_update');
  if (customer && taxIds && update?.text('name') !== 'auto')
    throw errors.invalid(
      'Tax ID collection requires updating business name on the customer. To enable tax ID collection for an ' +
        'existing customer, please set `customer_update[name]` to `auto`.',
    );
  if (customer && automaticTax && !core.store.customers.need(customer).address && update?.text('address') !== 'auto')
    throw errors.invalid(
      'Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the ' +
        "Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to " +
        'save the address entered in Checkout to the Customer.',
      undefined,
      'customer_tax_location_invalid',
    );
  if (customer && params.has('customer_email'))
    throw errors.invalid('You may only specify one of these parameters: customer, customer_email.');
  const items = (params.children('line_items') ?? []).map((item) => {
    const id = item.required('price');
    const price = core.store.prices.get(id);
    if (!price) throw errors.missing('price', id, item.name('price'));
    return { price, quantity: item.integer('quantity') ?? 1 };
  });
  if (items.length === 0) throw errors.required('line_items');
  if (items.some(({ price }) => price.currency !== items[0]!.price.currency))
    throw errors.invalid('All prices of a session must have the same currency.', 'line_items');
  const data = params.child('subscription_data');
  const [discount] = params.children('discounts') ?? [];
  const id = core.id('cs_test', 40);
  const total = items.reduce((sum, { price, quantity }) => sum + (price.unit_amount ?? 0) * quantity, 0);
  core.store.checkoutPlans.put({
    id,
    items: items.map(({ price, quantity }) => ({ price: price.id, quantity, lineItem: core.id('li') })),
    metadata: data?.metadata() ?? {},
    description: data?.text('description') ?? null,
    trialDays: data?.integer('trial_period_days') ?? null,
    trialEnd: data?.integer('trial_end') ?? null,
    coupon: discount?.text('coupon') ?? null,
    promotionCode: discount?.text('promotion_code') ?? null,
  });
  return core.store.checkoutSessions.put({
    id,
    object: 'checkout.session',
    allow_promotion_codes: params.boolean('allow_promotion_codes') ?? null,
    amount_subtotal: total,
    amount_total: total,
    adaptive_pricing: null,
    after_expiration: null,
    allowed_payment_method_types: null,
    automatic_tax: {
      enabled: automaticTax,
      liability: automaticTax ? { type: 'self' } : null,
      provider: automaticTax ? 'stripe' : null,
      status: automaticTax ? 'requires_location_inputs' : null,
    },
    billing_address_collection: params.choice('billing_address_collection', ['auto', 'required']) ?? null,
    tax_id_collection: { enabled: taxIds, required: 'never' },
    cancel_url: params.text('cancel_url') ?? null,
    client_reference_id: params.text('client_reference_id') ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: core.now(),
    currency: items[0]!.price.currency,
    currency_conversion: null,
    custom_fields: (params.children('custom_fields') ?? []).map((field) => ({
      key: field.required('key'),
      label: { custom: field.child('label')?.text('custom') ?? null, type: 'custom' },
      optional: field.boolean('optional') ?? false,
      type: 'text',
      text: {
        default_value: null,
        maximum_length: field.child('text')?.integer('maximum_length') ?? null,
        minimum_length: field.child('text')?.integer('minimum_length') ?? null,
        value: null,
      },
    })),
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: customer ?? null,
    customer_account: null,
    customer_creation: 'always',
    customer_details: null,
    customer_email: params.text('customer_email') ?? null,
    discounts: [],
    expires_at: params.integer('expires_at') ?? core.now() + 86_400,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: params.text('locale') ?? null,
    managed_payments: null,
    metadata: params.metadata(),
    mode: 'subscription',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'always',
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: params.text('success_url') ?? null,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: core.url(`/c/pay/${id}`),
    wallet_options: null,
  } as unknown as Stripe.Checkout.Session);
}
