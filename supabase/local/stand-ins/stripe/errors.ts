import type Stripe from 'stripe';

export interface ErrorBody {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  code?: string;
  decline_code?: string;
  message: string;
  param?: string;
  doc_url?: string;
  charge?: string;
  payment_intent?: Stripe.PaymentIntent;
  payment_method?: Stripe.PaymentMethod;
  request_log_url?: string;
}

export interface RateLimit {
  code?: 'rate_limit' | 'lock_timeout';
  /** Seconds. */
  retryAfter?: number;
}

/** An answer in Stripe's error shape; `keeps` says that what was done before it stands (a declined attempt). */
export class StripeFailure extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  headers: Record<string, string> = {};
  keeps: boolean;

  constructor(status: number, body: ErrorBody, keeps = false) {
    super(body.message);
    this.status = status;
    this.body = body.code
      ? { ...body, doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll('_', '-')}` }
      : body;
    this.keeps = keeps;
  }

  /** Stripe keeps no idempotent answer for what failed before it began. */
  get isBeforeExecution(): boolean {
    return (
      this.status === 401 ||
      this.status === 409 ||
      this.status === 429 ||
      this.status === 503 ||
      (this.body.code?.startsWith('parameter_') ?? false)
    );
  }
}

const invalid = (status: number, message: string, code?: string, param?: string) =>
  new StripeFailure(status, {
    type: 'invalid_request_error',
    ...(code ? { code } : {}),
    message,
    ...(param ? { param } : {}),
  });

export const errors = {
  unauthenticated: () =>
    invalid(
      401,
      'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer' +
        " auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for " +
        'details, or we can help at https://support.stripe.com/.',
    ),
  wrongKey: (key: string) =>
    invalid(
      401,
      `Invalid API Key provided: ${key.slice(0, 8)}${'*'.repeat(Math.max(0, key.length - 12))}${key.slice(-4)}`,
    ),
  noRoute: (method: string, path: string) =>
    invalid(
      404,
      `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at ` +
        'https://support.stripe.com/.',
    ),
  missing: (noun: string, id: string, param = 'id', status = param === 'id' ? 404 : 400) =>
    invalid(status, `No such ${noun}: '${id}'`, 'resource_missing', param),
  required: (param: string) => invalid(400, `Missing required param: ${param}.`, 'parameter_missing', param),
  unknown: (param: string) => invalid(400, `Received unknown parameter: ${param}`, 'parameter_unknown', param),
  notInteger: (param: string, value: string) =>
    invalid(400, `Invalid integer: ${value}`, 'parameter_invalid_integer', param),
  empty: (param: string) =>
    invalid(
      400,
      `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; ` +
        `however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty ` +
        'value.',
      'parameter_invalid_empty',
      param,
    ),
  invalid: (message: string, param?: string, code?: string) => invalid(400, message, code, param),
  /** https://docs.stripe.com/rate-limits */
  rateLimit: ({ code = 'rate_limit', retryAfter }: RateLimit = {}) => {
    const failure = new StripeFailure(429, {
      type: 'invalid_request_error',
      code,
      message:
        code === 'rate_limit'
          ? 'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.'
          : 'This object cannot be accessed right now because another API request or Stripe process is currently ' +
            'accessing it. If you see this error intermittently, retry the request. If you see this error frequently ' +
            'and are making multiple concurrent requests to a single object, make your requests serially or at a ' +
            'lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.',
    });
    failure.headers = {
      ...(code === 'lock_timeout'
        ? { 'stripe-should-retry': 'true' }
        : { 'stripe-rate-limited-reason': 'global-rate' }),
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    };
    return failure;
  },
  down: () =>
    new StripeFailure(503, {
      type: 'api_error',
      message: 'Stripe is temporarily unavailable. Please retry your request.',
    }),
  unexpected: () => new StripeFailure(500, { type: 'api_error', message: 'An unknown error occurred' }),
  idempotencyParams: (key: string) =>
    new StripeFailure(400, {
      type: 'idempotency_error',
      message:
        'Keys for idempotent requests can only be used with the same parameters they were first used ' +
        `with. Try using a key other than '${key}' if you meant to execute a different request.`,
    }),
  idempotencyInUse: (key: string) =>
    new StripeFailure(409, {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message:
        'There is currently another in-progress request using this Idempotent Key (that probably means ' +
        `you submitted twice, and the other request is still going through): ${key}. Please try again ` +
        'later.',
    }),
};

interface Decline {
  code: string;
  declineCode: string;
  message: string;
}

/**
 * Stripe's `code`, `decline_code` and message for each way a card is refused. https://docs.stripe.com/declines/codes
 */
const declines = {
  insufficient_funds: { code: 'card_declined', message: 'Your card has insufficient funds.' },
  generic_decline: { code: 'card_declined', message: 'Your card was declined.' },
  lost_card: { code: 'card_declined', message: 'Your card was declined.' },
  stolen_card: { code: 'card_declined', message: 'Your card was declined.' },
  fraudulent: { code: 'card_declined', message: 'Your card was declined.' },
  do_not_honor: { code: 'card_declined', message: 'Your card was declined.' },
  card_velocity_exceeded: {
    code: 'card_declined',
    message: 'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  },
  expired_card: { code: 'expired_card', message: 'Your card has expired.' },
  incorrect_cvc: { code: 'incorrect_cvc', message: "Your card's security code is incorrect." },
  processing_error: {
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
  },
  authentication_required: {
    code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
} as const;

export type DeclineCode = keyof typeof declines;
export const declineCodes = Object.keys(declines) as DeclineCode[];
export const isDeclineCode = (value: string): value is DeclineCode => value in declines;
export const declineOf = (declineCode: DeclineCode): Decline => ({ declineCode, ...declines[declineCode] });
