import { Secret, TOTP } from 'otpauth';
import QRCode from 'qrcode';

const period = 30;
// pquerna/otp defaults: SHA1, six digits, one step of drift either way.
const shape = { algorithm: 'SHA1', digits: 6, period } as const;
const secretBytes = 20;

export interface NewTotp {
  secret: string;
  uri: string;
  qrCode: string;
}

/** What a QR code of level H can hold. */
const longestUri = 1_273;

/** Undefined when issuer and account, written in full, are more than a QR code can hold. */
export async function createTotp(issuer: string, account: string): Promise<NewTotp | undefined> {
  const secret = new Secret({ size: secretBytes }).base32;
  const query = new URLSearchParams({ algorithm: 'SHA1', digits: '6', issuer, period: String(period), secret });
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const uri = `otpauth://totp/${label}?${query.toString().replaceAll('+', '%20')}`;
  if (uri.length > longestUri) return undefined;
  return { secret, uri, qrCode: await QRCode.toString(uri, { type: 'svg', errorCorrectionLevel: 'H', margin: 4 }) };
}

/** The time step the code belongs to, or undefined when it is wrong. */
export function matchTotp(secret: string, code: string, now: Date): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const timestamp = now.getTime();
  const delta = TOTP.validate({ ...shape, token: code, secret: Secret.fromBase32(secret), timestamp, window: 1 });
  return delta === null ? undefined : TOTP.counter({ period, timestamp }) + delta;
}
