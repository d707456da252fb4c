export const licenseStatuses = ['active', 'grace_period', 'suspended', 'expired', 'revoked'] as const;
export type LicenseStatus = (typeof licenseStatuses)[number];

export const paymentMethods = ['stripe', 'paypal', 'bank_transfer', 'manual'] as const;
export type PaymentMethod = (typeof paymentMethods)[number];

export const licenseSorts = [
  'email',
  'plan',
  'status',
  'expires_at',
  'mrr_cents',
  'last_check_in',
  'created_at',
] as const;
export type LicenseSort = (typeof licenseSorts)[number];

export const licenseActions = [
  'extend',
  'change_plan',
  'transfer',
  'send_key',
  'renew_key',
  'download_file',
  'login_as',
  'suspend',
  'reinstate',
  'revoke',
  'delete',
] as const;
export type LicenseActionName = (typeof licenseActions)[number];

/** Why a session in a customer's name ended. */
export const clientSessionEnds = [
  'by_hand',
  'time',
  'unused',
  'superseded',
  'staff',
  'license',
  'transfer',
  'customer',
] as const;

export const importModes = ['all_or_nothing', 'valid_rows'] as const;
export type ImportMode = (typeof importModes)[number];

/** What an import does with rows that have a living licence. */
export const existingRows = ['skip', 'create'] as const;

/** Why a row of a file is not imported. */
export const importReasons = [
  'required',
  'wrong_type',
  'too_long',
  'invalid_email',
  'invalid_hwid',
  'spoiled_hwid',
  'masked_hwid',
  'unknown_plan',
  'invalid_date',
  'two_digit_year',
  'serial_date',
  'date_too_far',
  'date_in_past',
  'duplicate_in_file',
  'invalid_row',
] as const;
export type ImportReason = (typeof importReasons)[number];

export const licenseLimits = {
  /** Licences that one bulk action takes. */
  bulk: 1_000,
  /** Rows of one call of an import; a file may take several. */
  importRows: 5_000,
  /** Days that one extension adds. */
  extensionDays: 3_660,
  reason: 500,
  notes: 5_000,
  hwid: { min: 4, max: 200 },
  email: 254,
} as const;
