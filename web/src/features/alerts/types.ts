export type AlertKind =
  | 'payment_failed'
  | 'payment_action_required'
  | 'payment_disputed'
  | 'payment_refunded'
  | 'subscription_canceled'
  | 'license_revoked_unpaid'
  | 'payment_for_revoked_license'
  | 'checkout_needs_attention'
  | 'stripe_event_failed'
  | 'stripe_drift_found';

/** What every open console hears of; `data` depends on the kind, money in cents. */
export interface ConsoleAlert {
  id: string;
  kind: AlertKind;
  severity: 'info' | 'warning' | 'error';
  license_id: string | null;
  subscription_id: string | null;
  payment_id: string | null;
  data: Record<string, unknown>;
  created_at: string;
}

export interface ListedAlert extends ConsoleAlert {
  is_read: boolean;
}

export interface AlertPage {
  rows: ListedAlert[];
  has_more: boolean;
}
