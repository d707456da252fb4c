/**
 * How many digits Stripe keeps of a currency behind the point, where they are not two; amounts are
 * whole numbers of that smallest unit. ISK and UGX have no subdivision any more and are kept with two all the
 * same. Source: docs.stripe.com/currencies#zero-decimal and #three-decimal
 */
const digits: Record<string, 0 | 3> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  MGA: 0,
  PYG: 0,
  RWF: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  JOD: 3,
  KWD: 3,
  OMR: 3,
  TND: 3,
};

/** 2 for the euro, 0 for the yen, 3 for the Kuwaiti dinar. */
export const minorDigits = (currency: string): 0 | 2 | 3 => digits[currency.toUpperCase()] ?? 2;
