/** A row of the audit trail. */
export interface AuditEvent {
  id: string;
  sequence: number;
  license_id: string | null;
  user_id: string | null;
  actor_kind: 'staff' | 'system' | 'client';
  actor: string;
  event_type: string;
  event_data: EventData | null;
  ip_address: string | null;
  user_agent: string | null;
  created_at: string;
}

export interface EventData {
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown> | null;
  reason?: string | null;
  [detail: string]: unknown;
}

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

// Bookkeeping the reader has elsewhere, or that follows from another field.
const HIDDEN = new Set([
  'id',
  'updated_at',
  'created_at',
  'license_id',
  'customer_id',
  'user_id',
  'created_by',
  'import_row',
  'import_id',
]);

/** What changed, field by field; on a creation everything that was set. */
export function fieldChanges(data: EventData | null): FieldChange[] {
  const before = data?.before ?? {};
  const after = data?.after ?? {};
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter(
      (field) => !HIDDEN.has(field) && JSON.stringify(before[field] ?? null) !== JSON.stringify(after[field] ?? null),
    )
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
}

const ICONS: Record<string, string> = {
  license_created: 'i-lucide-sparkles',
  license_extended: 'i-lucide-calendar-plus',
  license_plan_changed: 'i-lucide-arrow-left-right',
  license_revoked: 'i-lucide-ban',
  license_transferred: 'i-lucide-monitor-up',
  license_auto_renew_changed: 'i-lucide-refresh-cw',
  license_notes_changed: 'i-lucide-notebook-pen',
  license_updated: 'i-lucide-pencil',
  license_deleted: 'i-lucide-trash-2',
  license_grace_started: 'i-lucide-hourglass',
  license_expired: 'i-lucide-calendar-x',
  license_reactivated: 'i-lucide-rotate-ccw',
  license_import_completed: 'i-lucide-upload',
  license_import_undone: 'i-lucide-undo-2',
  license_file_downloaded: 'i-lucide-file-key',
  customer_created: 'i-lucide-user-plus',
  customer_updated: 'i-lucide-user-pen',
  staff_created: 'i-lucide-user-plus',
  staff_invited: 'i-lucide-mail-plus',
  staff_role_changed: 'i-lucide-shield',
  staff_deactivated: 'i-lucide-user-x',
  staff_reactivated: 'i-lucide-user-check',
  staff_mfa_reset: 'i-lucide-smartphone',
  staff_updated: 'i-lucide-user-pen',
  staff_signed_in: 'i-lucide-log-in',
  settings_changed: 'i-lucide-settings',
  plan_changed: 'i-lucide-tags',
  export_created: 'i-lucide-download',
  license_renewed: 'i-lucide-calendar-check',
  subscription_created: 'i-lucide-repeat',
  subscription_plan_changed: 'i-lucide-arrow-left-right',
  subscription_discount_changed: 'i-lucide-ticket-percent',
  subscription_cancel_scheduled: 'i-lucide-calendar-off',
  subscription_cancel_undone: 'i-lucide-calendar-check',
  subscription_canceled: 'i-lucide-circle-x',
  subscription_paused: 'i-lucide-circle-pause',
  subscription_resumed: 'i-lucide-circle-play',
  payment_succeeded: 'i-lucide-credit-card',
  payment_failed: 'i-lucide-circle-alert',
  payment_refunded: 'i-lucide-undo-2',
  payment_disputed: 'i-lucide-scale',
  dispute_closed: 'i-lucide-gavel',
  invoice_payment_action_required: 'i-lucide-fingerprint',
  checkout_completed: 'i-lucide-shopping-cart',
  checkout_link_created: 'i-lucide-link',
  portal_link_created: 'i-lucide-external-link',
  stripe_action_requested: 'i-lucide-send',
  stripe_action_failed: 'i-lucide-circle-alert',
  reminder_sent: 'i-lucide-mail',
  stripe_sync_requested: 'i-lucide-refresh-cw',
  stripe_event_retried: 'i-lucide-rotate-cw',
};
const FALLBACK_ICON = 'i-lucide-circle-dot';

export const eventIcon = (type: string): string => ICONS[type] ?? FALLBACK_ICON;
export const EVENT_TYPES = Object.keys(ICONS);
