const DAY = 24 * 3_600_000;
export const SOON_DAYS = 7;

export type ExpiryTone = 'past' | 'soon' | 'later';

export function expiryTone(expiresAt: string, now: Date): ExpiryTone {
  const left = new Date(expiresAt).getTime() - now.getTime();
  return left < 0 ? 'past' : left < SOON_DAYS * DAY ? 'soon' : 'later';
}
