/**
 * How many digits Stripe keeps of a currency behind the point, where they are not two; amounts are
 * whole numbers of that smallest unit. ISK and UGX have no subdivision any more and are kept with two all the
 * same. Source: docs.stripe.com/currencies#zero-decimal and #three-decimal
 */
const none = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF';
const three = 'BHD JOD KWD OMR TND';

/** 2 for the euro, 0 for the yen, 3 for the Kuwaiti dinar. */
export function minorDigits(currency: string): 0 | 2 | 3 {
  const code = currency.toUpperCase();
  return none.includes(code) ? 0 : three.includes(code) ? 3 : 2;
}
