/** What a check answers, and whether the client may run. Clients branch on `valid`; the code says why. */
export const checkCodes = {
  VALID: { valid: true, detail: 'The licence is valid' },
  GRACE_PERIOD: { valid: true, detail: 'The licence has expired and works for a few days more' },
  EXPIRED: { valid: false, detail: 'The licence has expired' },
  SUSPENDED: { valid: false, detail: 'The licence is suspended' },
  REVOKED: { valid: false, detail: 'The licence was revoked' },
  NOT_FOUND: { valid: false, detail: 'No such licence' },
  HWID_MISMATCH: { valid: false, detail: 'The licence belongs to another machine' },
  SESSION_ENDED: { valid: false, detail: 'The session in the customer’s name has ended' },
} as const;
export type CheckCode = keyof typeof checkCodes;

/** Codes that are noted of a licence: no session is. */
export const notedCodes = Object.keys(checkCodes).filter((code) => code !== 'SESSION_ENDED') as [
  Exclude<CheckCode, 'SESSION_ENDED'>,
  ...Exclude<CheckCode, 'SESSION_ENDED'>[],
];
