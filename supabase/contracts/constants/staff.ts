export const roles = ['admin', 'support', 'viewer'] as const;
export type Role = (typeof roles)[number];

export const staffActionNames = ['set_role', 'resend_invitation', 'reactivate', 'reset_mfa', 'deactivate'] as const;
export type StaffActionName = (typeof staffActionNames)[number];

export const actorKinds = ['staff', 'system', 'client'] as const;
export type ActorKind = (typeof actorKinds)[number];

export const alertSeverities = ['info', 'warning', 'error'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

export const exportFormats = ['csv', 'xlsx', 'json'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const locales = ['fr', 'en'] as const;
export type Locale = (typeof locales)[number];
