// Made by npm run types from the migrations.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  public: {
    Tables: {
      alert_reads: {
        Row: {
          alert_id: string;
          read_at: string;
          user_id: string;
        };
        ComputedFields: never;
        Insert: {
          alert_id: string;
          read_at?: string;
          user_id: string;
        };
        Update: {
          alert_id?: string;
          read_at?: string;
          user_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'alert_reads_alert_id_fkey';
            columns: ['alert_id'];
            isOneToOne: false;
            referencedRelation: 'alerts';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'alert_reads_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      alerts: {
        Row: {
          channels: string[] | null;
          created_at: string;
          customer_id: string | null;
          data: NonNullable<Json>;
          dedupe_key: string;
          id: string;
          kind: string;
          permission: string;
          severity: string;
          subject_id: string | null;
          subject_type: string | null;
        };
        ComputedFields: never;
        Insert: {
          channels?: string[] | null;
          created_at?: string;
          customer_id?: string | null;
          data?: NonNullable<Json>;
          dedupe_key: string;
          id?: string;
          kind: string;
          permission: string;
          severity: string;
          subject_id?: string | null;
          subject_type?: string | null;
        };
        Update: {
          channels?: string[] | null;
          created_at?: string;
          customer_id?: string | null;
          data?: NonNullable<Json>;
          dedupe_key?: string;
          id?: string;
          kind?: string;
          permission?: string;
          severity?: string;
          subject_id?: string | null;
          subject_type?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'alerts_customer_id_fkey';
            columns: ['customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id'];
          },
        ];
      };
      cash_movements: {
        Row: {
          amount_cents: number;
          created_at: string;
          currency: string;
          id: string;
          kind: string;
          occurred_at: string;
          payment_id: string;
        };
        ComputedFields: never;
        Insert: {
          amount_cents: number;
          created_at?: string;
          currency: string;
          id?: string;
          kind: string;
          occurred_at: string;
          payment_id: string;
        };
        Update: {
          amount_cents?: number;
          created_at?: string;
          currency?: string;
          id?: string;
          kind?: string;
          occurred_at?: string;
          payment_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'cash_movements_payment_id_fkey';
            columns: ['payment_id'];
            isOneToOne: false;
            referencedRelation: 'payments';
            referencedColumns: ['id'];
          },
        ];
      };
      credit_notes: {
        Row: {
          created_at: string;
          currency: string;
          id: string;
          invoice_id: string;
          issued_at: string;
          livemode: boolean;
          number: string;
          open_amount: number;
          paid_amount: number;
          pdf_url: string | null;
          reason: string | null;
          status: string;
          stripe_credit_note_id: string;
          total: number;
          updated_at: string;
          voided_at: string | null;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          currency: string;
          id?: string;
          invoice_id: string;
          issued_at: string;
          livemode: boolean;
          number: string;
          open_amount: number;
          paid_amount: number;
          pdf_url?: string | null;
          reason?: string | null;
          status: string;
          stripe_credit_note_id: string;
          total: number;
          updated_at?: string;
          voided_at?: string | null;
        };
        Update: {
          created_at?: string;
          currency?: string;
          id?: string;
          invoice_id?: string;
          issued_at?: string;
          livemode?: boolean;
          number?: string;
          open_amount?: number;
          paid_amount?: number;
          pdf_url?: string | null;
          reason?: string | null;
          status?: string;
          stripe_credit_note_id?: string;
          total?: number;
          updated_at?: string;
          voided_at?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'credit_notes_invoice_id_fkey';
            columns: ['invoice_id'];
            isOneToOne: false;
            referencedRelation: 'invoices';
            referencedColumns: ['id'];
          },
        ];
      };
      customers: {
        Row: {
          anonymized_at: string | null;
          company: string | null;
          consent_at: string | null;
          created_at: string;
          email: string;
          id: string;
          locale: string;
          mail_refused: string | null;
          mail_refused_at: string | null;
          mail_refused_reason: string | null;
          name: string | null;
          search_text: string;
          stripe_customer_id: string | null;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          anonymized_at?: string | null;
          company?: string | null;
          consent_at?: string | null;
          created_at?: string;
          email: string;
          id?: string;
          locale?: string;
          mail_refused?: string | null;
          mail_refused_at?: string | null;
          mail_refused_reason?: string | null;
          name?: string | null;
          search_text?: never;
          stripe_customer_id?: string | null;
          updated_at?: string;
        };
        Update: {
          anonymized_at?: string | null;
          company?: string | null;
          consent_at?: string | null;
          created_at?: string;
          email?: string;
          id?: string;
          locale?: string;
          mail_refused?: string | null;
          mail_refused_at?: string | null;
          mail_refused_reason?: string | null;
          name?: string | null;
          search_text?: never;
          stripe_customer_id?: string | null;
          updated_at?: string;
        };
        Relationships: [];
      };
      email_outbox: {
        Row: {
          attempts: number;
          claimed_at: string | null;
          created_at: string;
          customer_id: string | null;
          data: NonNullable<Json>;
          delivery: string | null;
          delivery_at: string | null;
          delivery_reason: string | null;
          id: string;
          last_error: string | null;
          license_id: string | null;
          locale: string;
          next_attempt_at: string;
          provider_message_id: string | null;
          recipient: string;
          sent_at: string | null;
          status: string;
          template: string;
        };
        ComputedFields: never;
        Insert: {
          attempts?: number;
          claimed_at?: string | null;
          created_at?: string;
          customer_id?: string | null;
          data?: NonNullable<Json>;
          delivery?: string | null;
          delivery_at?: string | null;
          delivery_reason?: string | null;
          id?: string;
          last_error?: string | null;
          license_id?: string | null;
          locale: string;
          next_attempt_at?: string;
          provider_message_id?: string | null;
          recipient: string;
          sent_at?: string | null;
          status?: string;
          template: string;
        };
        Update: {
          attempts?: number;
          claimed_at?: string | null;
          created_at?: string;
          customer_id?: string | null;
          data?: NonNullable<Json>;
          delivery?: string | null;
          delivery_at?: string | null;
          delivery_reason?: string | null;
          id?: string;
          last_error?: string | null;
          license_id?: string | null;
          locale?: string;
          next_attempt_at?: string;
          provider_message_id?: string | null;
          recipient?: string;
          sent_at?: string | null;
          status?: string;
          template?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'email_outbox_customer_id_fkey';
            columns: ['customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'email_outbox_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
        ];
      };
      events: {
        Row: {
          actor_kind: string;
          created_at: string;
          customer_id: string | null;
          event_data: NonNullable<Json>;
          event_type: string;
          hash: string;
          id: string;
          ip_address: unknown;
          license_id: string | null;
          previous_hash: string;
          sealed: string | null;
          sequence: number;
          subject_id: string | null;
          subject_type: string | null;
          user_agent: string | null;
          user_id: string | null;
        };
        ComputedFields: never;
        Insert: {
          actor_kind: string;
          created_at?: string;
          customer_id?: string | null;
          event_data?: NonNullable<Json>;
          event_type: string;
          hash: string;
          id?: string;
          ip_address?: unknown;
          license_id?: string | null;
          previous_hash: string;
          sealed?: string | null;
          sequence: number;
          subject_id?: string | null;
          subject_type?: string | null;
          user_agent?: string | null;
          user_id?: string | null;
        };
        Update: {
          actor_kind?: string;
          created_at?: string;
          customer_id?: string | null;
          event_data?: NonNullable<Json>;
          event_type?: string;
          hash?: string;
          id?: string;
          ip_address?: unknown;
          license_id?: string | null;
          previous_hash?: string;
          sealed?: string | null;
          sequence?: number;
          subject_id?: string | null;
          subject_type?: string | null;
          user_agent?: string | null;
          user_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'events_customer_id_fkey';
            columns: ['customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'events_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'events_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      feature_usage: {
        Row: {
          date: string;
          feature: string;
          license_id: string;
          uses: number;
        };
        ComputedFields: never;
        Insert: {
          date: string;
          feature: string;
          license_id: string;
          uses?: number;
        };
        Update: {
          date?: string;
          feature?: string;
          license_id?: string;
          uses?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'feature_usage_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
        ];
      };
      invoices: {
        Row: {
          action_required_at: string | null;
          amount_due: number;
          amount_paid: number;
          amount_remaining: number;
          attempt_count: number;
          billing_reason: string | null;
          covers: NonNullable<Json>;
          covers_until: string | null;
          created_at: string;
          credited_amount: number;
          currency: string;
          customer_id: string;
          email: string;
          hosted_invoice_url: string | null;
          id: string;
          inclusive_taxes: NonNullable<Json>;
          invoice_pdf_url: string | null;
          issued_at: string;
          livemode: boolean;
          next_payment_attempt: string | null;
          number: string | null;
          paid_at: string | null;
          prices: NonNullable<Json>;
          status: string;
          stripe_invoice_id: string;
          stripe_subscription_id: string | null;
          subscription_id: string | null;
          total: number;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          action_required_at?: string | null;
          amount_due: number;
          amount_paid: number;
          amount_remaining: number;
          attempt_count?: number;
          billing_reason?: string | null;
          covers?: NonNullable<Json>;
          covers_until?: string | null;
          created_at?: string;
          credited_amount?: number;
          currency: string;
          customer_id: string;
          email: string;
          hosted_invoice_url?: string | null;
          id?: string;
          inclusive_taxes?: NonNullable<Json>;
          invoice_pdf_url?: string | null;
          issued_at: string;
          livemode: boolean;
          next_payment_attempt?: string | null;
          number?: string | null;
          paid_at?: string | null;
          prices?: NonNullable<Json>;
          status: string;
          stripe_invoice_id: string;
          stripe_subscription_id?: string | null;
          subscription_id?: string | null;
          total: number;
          updated_at?: string;
        };
        Update: {
          action_required_at?: string | null;
          amount_due?: number;
          amount_paid?: number;
          amount_remaining?: number;
          attempt_count?: number;
          billing_reason?: string | null;
          covers?: NonNullable<Json>;
          covers_until?: string | null;
          created_at?: string;
          credited_amount?: number;
          currency?: string;
          customer_id?: string;
          email?: string;
          hosted_invoice_url?: string | null;
          id?: string;
          inclusive_taxes?: NonNullable<Json>;
          invoice_pdf_url?: string | null;
          issued_at?: string;
          livemode?: boolean;
          next_payment_attempt?: string | null;
          number?: string | null;
          paid_at?: string | null;
          prices?: NonNullable<Json>;
          status?: string;
          stripe_invoice_id?: string;
          stripe_subscription_id?: string | null;
          subscription_id?: string | null;
          total?: number;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'invoices_customer_id_email_fkey';
            columns: ['customer_id', 'email'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id', 'email'];
          },
          {
            foreignKeyName: 'invoices_subscription_id_fkey';
            columns: ['subscription_id'];
            isOneToOne: false;
            referencedRelation: 'subscriptions';
            referencedColumns: ['id'];
          },
        ];
      };
      license_imports: {
        Row: {
          created_at: string;
          created_by: string | null;
          created_count: number;
          file_hash: string;
          file_name: string | null;
          id: string;
          mode: string;
          undo_started_at: string | null;
          undone_at: string | null;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          created_count?: number;
          file_hash: string;
          file_name?: string | null;
          id?: string;
          mode: string;
          undo_started_at?: string | null;
          undone_at?: string | null;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          created_count?: number;
          file_hash?: string;
          file_name?: string | null;
          id?: string;
          mode?: string;
          undo_started_at?: string | null;
          undone_at?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'license_imports_created_by_fkey';
            columns: ['created_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      license_risks: {
        Row: {
          began_at: string;
          customer_id: string;
          ended_at: string | null;
          facts: NonNullable<Json>;
          id: string;
          license_id: string;
          note: string | null;
          outcome: string | null;
          reasons: string[];
          score: number;
          scored_at: string;
          spoken_at: string | null;
          spoken_by: string | null;
        };
        ComputedFields: never;
        Insert: {
          began_at?: string;
          customer_id: string;
          ended_at?: string | null;
          facts?: NonNullable<Json>;
          id?: string;
          license_id: string;
          note?: string | null;
          outcome?: string | null;
          reasons: string[];
          score: number;
          scored_at?: string;
          spoken_at?: string | null;
          spoken_by?: string | null;
        };
        Update: {
          began_at?: string;
          customer_id?: string;
          ended_at?: string | null;
          facts?: NonNullable<Json>;
          id?: string;
          license_id?: string;
          note?: string | null;
          outcome?: string | null;
          reasons?: string[];
          score?: number;
          scored_at?: string;
          spoken_at?: string | null;
          spoken_by?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'license_risks_customer_id_fkey';
            columns: ['customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'license_risks_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'license_risks_spoken_by_fkey';
            columns: ['spoken_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      licenses: {
        Row: {
          auto_renew: boolean;
          client_os: string | null;
          client_version: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          customer_id: string;
          deleted_at: string | null;
          email: string;
          expires_at: string;
          grace_until: string;
          hwid_hint: string;
          id: string;
          import_id: string | null;
          import_row: number | null;
          issued_at: string;
          last_check_in: string | null;
          license_key_hint: string;
          mrr_cents: number;
          notes: string | null;
          paid_until: string | null;
          payment_method: string;
          plan: string;
          revoked_at: string | null;
          revoked_reason: string | null;
          status: string;
          stripe_subscription_id: string | null;
          suspended_at: string | null;
          suspended_reason: string | null;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          auto_renew?: boolean;
          client_os?: string | null;
          client_version?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          customer_id: string;
          deleted_at?: string | null;
          email: string;
          expires_at: string;
          grace_until: string;
          hwid_hint: string;
          id?: string;
          import_id?: string | null;
          import_row?: number | null;
          issued_at?: string;
          last_check_in?: string | null;
          license_key_hint: string;
          mrr_cents?: number;
          notes?: string | null;
          paid_until?: string | null;
          payment_method?: string;
          plan: string;
          revoked_at?: string | null;
          revoked_reason?: string | null;
          status?: string;
          stripe_subscription_id?: string | null;
          suspended_at?: string | null;
          suspended_reason?: string | null;
          updated_at?: string;
        };
        Update: {
          auto_renew?: boolean;
          client_os?: string | null;
          client_version?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          customer_id?: string;
          deleted_at?: string | null;
          email?: string;
          expires_at?: string;
          grace_until?: string;
          hwid_hint?: string;
          id?: string;
          import_id?: string | null;
          import_row?: number | null;
          issued_at?: string;
          last_check_in?: string | null;
          license_key_hint?: string;
          mrr_cents?: number;
          notes?: string | null;
          paid_until?: string | null;
          payment_method?: string;
          plan?: string;
          revoked_at?: string | null;
          revoked_reason?: string | null;
          status?: string;
          stripe_subscription_id?: string | null;
          suspended_at?: string | null;
          suspended_reason?: string | null;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'licenses_created_by_fkey';
            columns: ['created_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
          {
            foreignKeyName: 'licenses_customer_id_email_fkey';
            columns: ['customer_id', 'email'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id', 'email'];
          },
          {
            foreignKeyName: 'licenses_import_id_fkey';
            columns: ['import_id'];
            isOneToOne: false;
            referencedRelation: 'license_imports';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'licenses_plan_fkey';
            columns: ['plan'];
            isOneToOne: false;
            referencedRelation: 'plans';
            referencedColumns: ['code'];
          },
        ];
      };
      log_exports: {
        Row: {
          byte_count: number;
          created_at: string;
          created_by: string;
          expected_lines: number | null;
          expires_at: string | null;
          failure: string | null;
          finished_at: string | null;
          format: string;
          from_time: string | null;
          id: string;
          line_count: number;
          part_count: number;
          query: string;
          removed_at: string | null;
          searched_to: string | null;
          state: string;
          time_zone: string;
          to_time: string | null;
        };
        ComputedFields: never;
        Insert: {
          byte_count?: number;
          created_at?: string;
          created_by: string;
          expected_lines?: number | null;
          expires_at?: string | null;
          failure?: string | null;
          finished_at?: string | null;
          format: string;
          from_time?: string | null;
          id?: string;
          line_count?: number;
          part_count?: number;
          query?: string;
          removed_at?: string | null;
          searched_to?: string | null;
          state?: string;
          time_zone: string;
          to_time?: string | null;
        };
        Update: {
          byte_count?: number;
          created_at?: string;
          created_by?: string;
          expected_lines?: number | null;
          expires_at?: string | null;
          failure?: string | null;
          finished_at?: string | null;
          format?: string;
          from_time?: string | null;
          id?: string;
          line_count?: number;
          part_count?: number;
          query?: string;
          removed_at?: string | null;
          searched_to?: string | null;
          state?: string;
          time_zone?: string;
          to_time?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'log_exports_created_by_fkey';
            columns: ['created_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      log_firings: {
        Row: {
          alert_id: string | null;
          created_at: string;
          ended_at: string | null;
          fired_at: string;
          id: number;
          key: string;
          label: string | null;
          line_refs: NonNullable<Json>;
          lines: number;
          rule_id: string;
        };
        ComputedFields: never;
        Insert: {
          alert_id?: string | null;
          created_at?: string;
          ended_at?: string | null;
          fired_at: string;
          id?: never;
          key: string;
          label?: string | null;
          line_refs?: NonNullable<Json>;
          lines: number;
          rule_id: string;
        };
        Update: {
          alert_id?: string | null;
          created_at?: string;
          ended_at?: string | null;
          fired_at?: string;
          id?: never;
          key?: string;
          label?: string | null;
          line_refs?: NonNullable<Json>;
          lines?: number;
          rule_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'log_firings_alert_id_fkey';
            columns: ['alert_id'];
            isOneToOne: false;
            referencedRelation: 'alerts';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'log_firings_rule_id_fkey';
            columns: ['rule_id'];
            isOneToOne: false;
            referencedRelation: 'log_rules';
            referencedColumns: ['id'];
          },
        ];
      };
      log_groups: {
        Row: {
          assigned_to: string | null;
          created_at: string;
          fingerprint_version: number;
          first_seen_at: string;
          first_version: string | null;
          id: number;
          ignored_until: string | null;
          ignored_until_lines: number | null;
          level: string;
          reopened_at: string | null;
          reopened_version: string | null;
          resolved_at: string | null;
          resolved_version: string | null;
          source_id: number;
          status: string;
          title: string;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          assigned_to?: string | null;
          created_at?: string;
          fingerprint_version: number;
          first_seen_at?: string;
          first_version?: string | null;
          id: number;
          ignored_until?: string | null;
          ignored_until_lines?: number | null;
          level: string;
          reopened_at?: string | null;
          reopened_version?: string | null;
          resolved_at?: string | null;
          resolved_version?: string | null;
          source_id: number;
          status?: string;
          title: string;
          updated_at?: string;
        };
        Update: {
          assigned_to?: string | null;
          created_at?: string;
          fingerprint_version?: number;
          first_seen_at?: string;
          first_version?: string | null;
          id?: number;
          ignored_until?: string | null;
          ignored_until_lines?: number | null;
          level?: string;
          reopened_at?: string | null;
          reopened_version?: string | null;
          resolved_at?: string | null;
          resolved_version?: string | null;
          source_id?: number;
          status?: string;
          title?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'log_groups_assigned_to_fkey';
            columns: ['assigned_to'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
          {
            foreignKeyName: 'log_groups_source_id_fkey';
            columns: ['source_id'];
            isOneToOne: false;
            referencedRelation: 'log_sources';
            referencedColumns: ['id'];
          },
        ];
      };
      log_rules: {
        Row: {
          channels: string[];
          cool_down_minutes: number;
          counted_by: string;
          created_at: string;
          created_by: string | null;
          deleted_at: string | null;
          enabled_at: string;
          factor: number | null;
          firing_count: number;
          id: string;
          is_enabled: boolean;
          kind: string;
          last_fired_at: string | null;
          minutes: number | null;
          name: string;
          query: string;
          severity: string;
          threshold: number | null;
          tree: NonNullable<Json>;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          channels?: string[];
          cool_down_minutes?: number;
          counted_by?: string;
          created_at?: string;
          created_by?: string | null;
          deleted_at?: string | null;
          enabled_at?: string;
          factor?: number | null;
          firing_count?: number;
          id?: string;
          is_enabled?: boolean;
          kind: string;
          last_fired_at?: string | null;
          minutes?: number | null;
          name: string;
          query?: string;
          severity?: string;
          threshold?: number | null;
          tree: NonNullable<Json>;
          updated_at?: string;
        };
        Update: {
          channels?: string[];
          cool_down_minutes?: number;
          counted_by?: string;
          created_at?: string;
          created_by?: string | null;
          deleted_at?: string | null;
          enabled_at?: string;
          factor?: number | null;
          firing_count?: number;
          id?: string;
          is_enabled?: boolean;
          kind?: string;
          last_fired_at?: string | null;
          minutes?: number | null;
          name?: string;
          query?: string;
          severity?: string;
          threshold?: number | null;
          tree?: NonNullable<Json>;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'log_rules_created_by_fkey';
            columns: ['created_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      log_sources: {
        Row: {
          created_at: string;
          id: number;
          last_line_at: string | null;
          license_id: string | null;
          name: string;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          id?: never;
          last_line_at?: string | null;
          license_id?: string | null;
          name: string;
        };
        Update: {
          created_at?: string;
          id?: never;
          last_line_at?: string | null;
          license_id?: string | null;
          name?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'log_sources_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
        ];
      };
      logs: {
        Row: {
          at: string;
          context: Json | null;
          group_id: number | null;
          id: number;
          is_indexed: boolean;
          is_repaired: boolean;
          level: string | null;
          license_id: string | null;
          message: string;
          occurred_at: string | null;
          original_bytes: number | null;
          received_at: string;
          source_id: number;
          stack: string | null;
          version: string | null;
        };
        ComputedFields: never;
        Insert: {
          at: string;
          context?: Json | null;
          group_id?: number | null;
          id: number;
          is_indexed?: boolean;
          is_repaired?: boolean;
          level?: string | null;
          license_id?: string | null;
          message: string;
          occurred_at?: string | null;
          original_bytes?: number | null;
          received_at?: string;
          source_id: number;
          stack?: string | null;
          version?: string | null;
        };
        Update: {
          at?: string;
          context?: Json | null;
          group_id?: number | null;
          id?: number;
          is_indexed?: boolean;
          is_repaired?: boolean;
          level?: string | null;
          license_id?: string | null;
          message?: string;
          occurred_at?: string | null;
          original_bytes?: number | null;
          received_at?: string;
          source_id?: number;
          stack?: string | null;
          version?: string | null;
        };
        Relationships: [];
      };
      metric_restatements: {
        Row: {
          after: Json | null;
          before: Json | null;
          currency: string;
          customer_id: string | null;
          day: string;
          id: string;
          movement_id: string;
          restated_at: string;
          restated_by: string | null;
          why: string;
        };
        ComputedFields: never;
        Insert: {
          after?: Json | null;
          before?: Json | null;
          currency: string;
          customer_id?: string | null;
          day: string;
          id?: string;
          movement_id: string;
          restated_at?: string;
          restated_by?: string | null;
          why: string;
        };
        Update: {
          after?: Json | null;
          before?: Json | null;
          currency?: string;
          customer_id?: string | null;
          day?: string;
          id?: string;
          movement_id?: string;
          restated_at?: string;
          restated_by?: string | null;
          why?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'metric_restatements_customer_id_fkey';
            columns: ['customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'metric_restatements_restated_by_fkey';
            columns: ['restated_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      mrr_movements: {
        Row: {
          amount_cents: number;
          billing_interval: string | null;
          created_at: string;
          currency: string;
          customer_id: string;
          id: string;
          interval_count: number | null;
          kind: string;
          license_id: string | null;
          occurred_at: string;
          plan: string | null;
          reason: string | null;
          subscription_id: string | null;
        };
        ComputedFields: never;
        Insert: {
          amount_cents: number;
          billing_interval?: string | null;
          created_at?: string;
          currency: string;
          customer_id: string;
          id?: string;
          interval_count?: number | null;
          kind: string;
          license_id?: string | null;
          occurred_at: string;
          plan?: string | null;
          reason?: string | null;
          subscription_id?: string | null;
        };
        Update: {
          amount_cents?: number;
          billing_interval?: string | null;
          created_at?: string;
          currency?: string;
          customer_id?: string;
          id?: string;
          interval_count?: number | null;
          kind?: string;
          license_id?: string | null;
          occurred_at?: string;
          plan?: string | null;
          reason?: string | null;
          subscription_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'mrr_movements_customer_id_fkey';
            columns: ['customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'mrr_movements_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'mrr_movements_plan_fkey';
            columns: ['plan'];
            isOneToOne: false;
            referencedRelation: 'plans';
            referencedColumns: ['code'];
          },
          {
            foreignKeyName: 'mrr_movements_subscription_id_fkey';
            columns: ['subscription_id'];
            isOneToOne: false;
            referencedRelation: 'subscriptions';
            referencedColumns: ['id'];
          },
        ];
      };
      payments: {
        Row: {
          amount: number;
          amount_lost: number;
          amount_refunded: number;
          card_brand: string | null;
          card_last4: string | null;
          created_at: string;
          currency: string;
          customer_id: string | null;
          dispute_status: string | null;
          email: string | null;
          failure_code: string | null;
          failure_message: string | null;
          fraud_type: string | null;
          fraud_warned_at: string | null;
          id: string;
          invoice_number: string | null;
          invoice_pdf_url: string | null;
          invoice_url: string | null;
          license_id: string | null;
          livemode: boolean;
          metadata: NonNullable<Json>;
          payment_date: string;
          payment_method: string | null;
          status: string;
          stripe_customer_id: string | null;
          stripe_invoice_id: string | null;
          stripe_payment_id: string;
          stripe_payment_intent_id: string | null;
          subscription_id: string | null;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          amount: number;
          amount_lost?: number;
          amount_refunded?: number;
          card_brand?: string | null;
          card_last4?: string | null;
          created_at?: string;
          currency?: string;
          customer_id?: string | null;
          dispute_status?: string | null;
          email?: string | null;
          failure_code?: string | null;
          failure_message?: string | null;
          fraud_type?: string | null;
          fraud_warned_at?: string | null;
          id?: string;
          invoice_number?: string | null;
          invoice_pdf_url?: string | null;
          invoice_url?: string | null;
          license_id?: string | null;
          livemode: boolean;
          metadata?: NonNullable<Json>;
          payment_date: string;
          payment_method?: string | null;
          status: string;
          stripe_customer_id?: string | null;
          stripe_invoice_id?: string | null;
          stripe_payment_id: string;
          stripe_payment_intent_id?: string | null;
          subscription_id?: string | null;
          updated_at?: string;
        };
        Update: {
          amount?: number;
          amount_lost?: number;
          amount_refunded?: number;
          card_brand?: string | null;
          card_last4?: string | null;
          created_at?: string;
          currency?: string;
          customer_id?: string | null;
          dispute_status?: string | null;
          email?: string | null;
          failure_code?: string | null;
          failure_message?: string | null;
          fraud_type?: string | null;
          fraud_warned_at?: string | null;
          id?: string;
          invoice_number?: string | null;
          invoice_pdf_url?: string | null;
          invoice_url?: string | null;
          license_id?: string | null;
          livemode?: boolean;
          metadata?: NonNullable<Json>;
          payment_date?: string;
          payment_method?: string | null;
          status?: string;
          stripe_customer_id?: string | null;
          stripe_invoice_id?: string | null;
          stripe_payment_id?: string;
          stripe_payment_intent_id?: string | null;
          subscription_id?: string | null;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'payments_customer_id_email_fkey';
            columns: ['customer_id', 'email'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id', 'email'];
          },
          {
            foreignKeyName: 'payments_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'payments_subscription_id_fkey';
            columns: ['subscription_id'];
            isOneToOne: false;
            referencedRelation: 'subscriptions';
            referencedColumns: ['id'];
          },
        ];
      };
      plans: {
        Row: {
          code: string;
          created_at: string;
          currency: string;
          entitlements: NonNullable<Json>;
          grace_days: number;
          is_active: boolean;
          monthly_price_cents: number;
          name: string;
          position: number;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          code: string;
          created_at?: string;
          currency?: string;
          entitlements?: NonNullable<Json>;
          grace_days?: number;
          is_active?: boolean;
          monthly_price_cents: number;
          name: string;
          position?: number;
          updated_at?: string;
        };
        Update: {
          code?: string;
          created_at?: string;
          currency?: string;
          entitlements?: NonNullable<Json>;
          grace_days?: number;
          is_active?: boolean;
          monthly_price_cents?: number;
          name?: string;
          position?: number;
          updated_at?: string;
        };
        Relationships: [];
      };
      reply_templates: {
        Row: {
          archived_at: string | null;
          body: string;
          created_at: string;
          created_by: string | null;
          id: string;
          locale: string;
          name: string;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          archived_at?: string | null;
          body: string;
          created_at?: string;
          created_by?: string | null;
          id?: string;
          locale?: string;
          name: string;
          updated_at?: string;
        };
        Update: {
          archived_at?: string | null;
          body?: string;
          created_at?: string;
          created_by?: string | null;
          id?: string;
          locale?: string;
          name?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'reply_templates_created_by_fkey';
            columns: ['created_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      report_deliveries: {
        Row: {
          created_at: string;
          mail_id: string | null;
          run_id: string;
          staff_id: string;
          status: string;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          mail_id?: string | null;
          run_id: string;
          staff_id: string;
          status: string;
        };
        Update: {
          created_at?: string;
          mail_id?: string | null;
          run_id?: string;
          staff_id?: string;
          status?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'report_deliveries_mail_id_fkey';
            columns: ['mail_id'];
            isOneToOne: false;
            referencedRelation: 'email_outbox';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'report_deliveries_run_id_fkey';
            columns: ['run_id'];
            isOneToOne: false;
            referencedRelation: 'report_runs';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'report_deliveries_staff_id_fkey';
            columns: ['staff_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      report_recipients: {
        Row: {
          schedule_id: string;
          staff_id: string;
        };
        ComputedFields: never;
        Insert: {
          schedule_id: string;
          staff_id: string;
        };
        Update: {
          schedule_id?: string;
          staff_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'report_recipients_schedule_id_fkey';
            columns: ['schedule_id'];
            isOneToOne: false;
            referencedRelation: 'report_schedules';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'report_recipients_staff_id_fkey';
            columns: ['staff_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      report_runs: {
        Row: {
          as_of: string | null;
          created_at: string;
          due_at: string;
          error: string | null;
          finished_at: string | null;
          id: string;
          is_late: boolean;
          is_manual: boolean;
          requested_by: string | null;
          schedule_id: string;
          skipped: number;
          snapshot: Json | null;
          started_at: string | null;
          status: string;
        };
        ComputedFields: never;
        Insert: {
          as_of?: string | null;
          created_at?: string;
          due_at: string;
          error?: string | null;
          finished_at?: string | null;
          id?: string;
          is_late?: boolean;
          is_manual?: boolean;
          requested_by?: string | null;
          schedule_id: string;
          skipped?: number;
          snapshot?: Json | null;
          started_at?: string | null;
          status?: string;
        };
        Update: {
          as_of?: string | null;
          created_at?: string;
          due_at?: string;
          error?: string | null;
          finished_at?: string | null;
          id?: string;
          is_late?: boolean;
          is_manual?: boolean;
          requested_by?: string | null;
          schedule_id?: string;
          skipped?: number;
          snapshot?: Json | null;
          started_at?: string | null;
          status?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'report_runs_requested_by_fkey';
            columns: ['requested_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
          {
            foreignKeyName: 'report_runs_schedule_id_fkey';
            columns: ['schedule_id'];
            isOneToOne: false;
            referencedRelation: 'report_schedules';
            referencedColumns: ['id'];
          },
        ];
      };
      report_schedules: {
        Row: {
          created_at: string;
          created_by: string | null;
          deleted_at: string | null;
          formats: string[];
          frequency: string;
          id: string;
          is_active: boolean;
          language: string;
          local_time: string;
          month_day: number | null;
          name: string;
          next_run_at: string | null;
          plan: string | null;
          segment: string | null;
          template: string;
          time_zone: string;
          updated_at: string;
          weekday: number | null;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          deleted_at?: string | null;
          formats?: string[];
          frequency: string;
          id?: string;
          is_active?: boolean;
          language?: string;
          local_time: string;
          month_day?: number | null;
          name: string;
          next_run_at?: string | null;
          plan?: string | null;
          segment?: string | null;
          template: string;
          time_zone: string;
          updated_at?: string;
          weekday?: number | null;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          deleted_at?: string | null;
          formats?: string[];
          frequency?: string;
          id?: string;
          is_active?: boolean;
          language?: string;
          local_time?: string;
          month_day?: number | null;
          name?: string;
          next_run_at?: string | null;
          plan?: string | null;
          segment?: string | null;
          template?: string;
          time_zone?: string;
          updated_at?: string;
          weekday?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: 'report_schedules_created_by_fkey';
            columns: ['created_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
          {
            foreignKeyName: 'report_schedules_plan_fkey';
            columns: ['plan'];
            isOneToOne: false;
            referencedRelation: 'plans';
            referencedColumns: ['code'];
          },
        ];
      };
      revenue_proofs: {
        Row: {
          currencies: NonNullable<Json>;
          id: string;
          is_proven: boolean;
          proved_at: string;
          suspects: string[];
        };
        ComputedFields: never;
        Insert: {
          currencies: NonNullable<Json>;
          id?: string;
          is_proven: boolean;
          proved_at?: string;
          suspects?: string[];
        };
        Update: {
          currencies?: NonNullable<Json>;
          id?: string;
          is_proven?: boolean;
          proved_at?: string;
          suspects?: string[];
        };
        Relationships: [];
      };
      saved_views: {
        Row: {
          created_at: string;
          id: string;
          is_shared: boolean;
          name: string;
          page: string;
          query: string;
          user_id: string;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          id?: string;
          is_shared?: boolean;
          name: string;
          page: string;
          query?: string;
          user_id?: string;
        };
        Update: {
          created_at?: string;
          id?: string;
          is_shared?: boolean;
          name?: string;
          page?: string;
          query?: string;
          user_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'saved_views_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      settings: {
        Row: {
          description: string;
          is_public: boolean;
          key: string;
          kind: string;
          maximum: number | null;
          minimum: number | null;
          updated_at: string;
          updated_by: string | null;
          value: NonNullable<Json>;
        };
        ComputedFields: never;
        Insert: {
          description: string;
          is_public?: boolean;
          key: string;
          kind?: string;
          maximum?: number | null;
          minimum?: number | null;
          updated_at?: string;
          updated_by?: string | null;
          value: NonNullable<Json>;
        };
        Update: {
          description?: string;
          is_public?: boolean;
          key?: string;
          kind?: string;
          maximum?: number | null;
          minimum?: number | null;
          updated_at?: string;
          updated_by?: string | null;
          value?: NonNullable<Json>;
        };
        Relationships: [
          {
            foreignKeyName: 'settings_updated_by_fkey';
            columns: ['updated_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      sla_policies: {
        Row: {
          calendar_id: string;
          first_response_minutes: number | null;
          is_paused_while_waiting: boolean;
          is_reassigned: boolean;
          next_response_minutes: number | null;
          priority: string;
          raise_to: string | null;
          resolution_minutes: number | null;
          updated_at: string;
          warn_minutes: number;
        };
        ComputedFields: never;
        Insert: {
          calendar_id: string;
          first_response_minutes?: number | null;
          is_paused_while_waiting?: boolean;
          is_reassigned?: boolean;
          next_response_minutes?: number | null;
          priority: string;
          raise_to?: string | null;
          resolution_minutes?: number | null;
          updated_at?: string;
          warn_minutes?: number;
        };
        Update: {
          calendar_id?: string;
          first_response_minutes?: number | null;
          is_paused_while_waiting?: boolean;
          is_reassigned?: boolean;
          next_response_minutes?: number | null;
          priority?: string;
          raise_to?: string | null;
          resolution_minutes?: number | null;
          updated_at?: string;
          warn_minutes?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'sla_policies_calendar_id_fkey';
            columns: ['calendar_id'];
            isOneToOne: false;
            referencedRelation: 'support_calendars';
            referencedColumns: ['id'];
          },
        ];
      };
      staff: {
        Row: {
          created_at: string;
          display_name: string;
          email: string;
          invited_at: string | null;
          is_active: boolean;
          last_sign_in_at: string | null;
          locale: string | null;
          role: string;
          skills: string[];
          updated_at: string;
          user_id: string;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          display_name: string;
          email: string;
          invited_at?: string | null;
          is_active?: boolean;
          last_sign_in_at?: string | null;
          locale?: string | null;
          role: string;
          skills?: string[];
          updated_at?: string;
          user_id: string;
        };
        Update: {
          created_at?: string;
          display_name?: string;
          email?: string;
          invited_at?: string | null;
          is_active?: boolean;
          last_sign_in_at?: string | null;
          locale?: string | null;
          role?: string;
          skills?: string[];
          updated_at?: string;
          user_id?: string;
        };
        Relationships: [];
      };
      staff_presence: {
        Row: {
          capacity: number;
          heartbeat_at: string | null;
          is_available: boolean;
          user_id: string;
        };
        ComputedFields: never;
        Insert: {
          capacity?: number;
          heartbeat_at?: string | null;
          is_available?: boolean;
          user_id: string;
        };
        Update: {
          capacity?: number;
          heartbeat_at?: string | null;
          is_available?: boolean;
          user_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'staff_presence_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: true;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      stripe_drifts: {
        Row: {
          action: string;
          created_at: string;
          fields: NonNullable<Json>;
          id: string;
          object_id: string;
          object_type: string;
          sync_id: string;
        };
        ComputedFields: never;
        Insert: {
          action: string;
          created_at?: string;
          fields: NonNullable<Json>;
          id?: string;
          object_id: string;
          object_type: string;
          sync_id: string;
        };
        Update: {
          action?: string;
          created_at?: string;
          fields?: NonNullable<Json>;
          id?: string;
          object_id?: string;
          object_type?: string;
          sync_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'stripe_drifts_sync_id_fkey';
            columns: ['sync_id'];
            isOneToOne: false;
            referencedRelation: 'stripe_syncs';
            referencedColumns: ['id'];
          },
        ];
      };
      stripe_events: {
        Row: {
          attempts: number;
          error: string | null;
          id: string;
          livemode: boolean;
          next_attempt_at: string | null;
          object_id: string | null;
          payload: NonNullable<Json>;
          processed_at: string | null;
          pruned_at: string | null;
          received_at: string;
          source: string;
          status: string;
          stripe_created_at: string;
          type: string;
        };
        ComputedFields: never;
        Insert: {
          attempts?: number;
          error?: string | null;
          id: string;
          livemode: boolean;
          next_attempt_at?: string | null;
          object_id?: string | null;
          payload: NonNullable<Json>;
          processed_at?: string | null;
          pruned_at?: string | null;
          received_at?: string;
          source: string;
          status?: string;
          stripe_created_at: string;
          type: string;
        };
        Update: {
          attempts?: number;
          error?: string | null;
          id?: string;
          livemode?: boolean;
          next_attempt_at?: string | null;
          object_id?: string | null;
          payload?: NonNullable<Json>;
          processed_at?: string | null;
          pruned_at?: string | null;
          received_at?: string;
          source?: string;
          status?: string;
          stripe_created_at?: string;
          type?: string;
        };
        Relationships: [];
      };
      stripe_syncs: {
        Row: {
          attempts: number;
          created_at: string;
          done_count: number;
          drift_count: number;
          error: string | null;
          finished_at: string | null;
          heartbeat_at: string;
          id: string;
          kind: string;
          left_out_count: number;
          page_cursor: string | null;
          phase: string | null;
          requested_by: string | null;
          since: string | null;
          started_at: string | null;
          status: string;
          total_count: number | null;
          until: string | null;
        };
        ComputedFields: never;
        Insert: {
          attempts?: number;
          created_at?: string;
          done_count?: number;
          drift_count?: number;
          error?: string | null;
          finished_at?: string | null;
          heartbeat_at?: string;
          id?: string;
          kind: string;
          left_out_count?: number;
          page_cursor?: string | null;
          phase?: string | null;
          requested_by?: string | null;
          since?: string | null;
          started_at?: string | null;
          status?: string;
          total_count?: number | null;
          until?: string | null;
        };
        Update: {
          attempts?: number;
          created_at?: string;
          done_count?: number;
          drift_count?: number;
          error?: string | null;
          finished_at?: string | null;
          heartbeat_at?: string;
          id?: string;
          kind?: string;
          left_out_count?: number;
          page_cursor?: string | null;
          phase?: string | null;
          requested_by?: string | null;
          since?: string | null;
          started_at?: string | null;
          status?: string;
          total_count?: number | null;
          until?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'stripe_syncs_requested_by_fkey';
            columns: ['requested_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      subscriptions: {
        Row: {
          amount_cents: number;
          awaiting_customer_since: string | null;
          billing_interval: string;
          cancel_at: string | null;
          cancel_at_period_end: boolean;
          canceled_at: string | null;
          card_brand: string | null;
          card_last4: string | null;
          carried_from: string | null;
          carried_until: string | null;
          collection_paused: boolean;
          created_at: string;
          currency: string;
          current_period_end: string;
          current_period_start: string;
          customer_id: string;
          discounts: NonNullable<Json>;
          email: string;
          ended_at: string | null;
          failure_code: string | null;
          first_paid_at: string | null;
          id: string;
          interval_count: number;
          left_out_items: number;
          license_id: string | null;
          livemode: boolean;
          mrr_cents: number;
          named_license_id: string | null;
          pause_behavior: string | null;
          paying_mrr_cents: number;
          payment_failed_at: string | null;
          pending_update: Json | null;
          plan: string | null;
          processing_method: string | null;
          processing_since: string | null;
          quantity: number;
          reminded_at: string | null;
          reminded_for: string | null;
          started_at: string;
          status: string;
          stripe_customer_id: string;
          stripe_item_id: string | null;
          stripe_subscription_id: string;
          trial_end: string | null;
          updated_at: string;
          weights: NonNullable<Json>;
        };
        ComputedFields: never;
        Insert: {
          amount_cents: number;
          awaiting_customer_since?: string | null;
          billing_interval: string;
          cancel_at?: string | null;
          cancel_at_period_end?: boolean;
          canceled_at?: string | null;
          card_brand?: string | null;
          card_last4?: string | null;
          carried_from?: string | null;
          carried_until?: string | null;
          collection_paused?: boolean;
          created_at?: string;
          currency: string;
          current_period_end: string;
          current_period_start: string;
          customer_id: string;
          discounts?: NonNullable<Json>;
          email: string;
          ended_at?: string | null;
          failure_code?: string | null;
          first_paid_at?: string | null;
          id?: string;
          interval_count?: number;
          left_out_items?: never;
          license_id?: string | null;
          livemode: boolean;
          mrr_cents: number;
          named_license_id?: string | null;
          pause_behavior?: string | null;
          paying_mrr_cents?: never;
          payment_failed_at?: string | null;
          pending_update?: Json | null;
          plan?: string | null;
          processing_method?: string | null;
          processing_since?: string | null;
          quantity?: number;
          reminded_at?: string | null;
          reminded_for?: string | null;
          started_at: string;
          status: string;
          stripe_customer_id: string;
          stripe_item_id?: string | null;
          stripe_subscription_id: string;
          trial_end?: string | null;
          updated_at?: string;
          weights?: NonNullable<Json>;
        };
        Update: {
          amount_cents?: number;
          awaiting_customer_since?: string | null;
          billing_interval?: string;
          cancel_at?: string | null;
          cancel_at_period_end?: boolean;
          canceled_at?: string | null;
          card_brand?: string | null;
          card_last4?: string | null;
          carried_from?: string | null;
          carried_until?: string | null;
          collection_paused?: boolean;
          created_at?: string;
          currency?: string;
          current_period_end?: string;
          current_period_start?: string;
          customer_id?: string;
          discounts?: NonNullable<Json>;
          email?: string;
          ended_at?: string | null;
          failure_code?: string | null;
          first_paid_at?: string | null;
          id?: string;
          interval_count?: number;
          left_out_items?: never;
          license_id?: string | null;
          livemode?: boolean;
          mrr_cents?: number;
          named_license_id?: string | null;
          pause_behavior?: string | null;
          paying_mrr_cents?: never;
          payment_failed_at?: string | null;
          pending_update?: Json | null;
          plan?: string | null;
          processing_method?: string | null;
          processing_since?: string | null;
          quantity?: number;
          reminded_at?: string | null;
          reminded_for?: string | null;
          started_at?: string;
          status?: string;
          stripe_customer_id?: string;
          stripe_item_id?: string | null;
          stripe_subscription_id?: string;
          trial_end?: string | null;
          updated_at?: string;
          weights?: NonNullable<Json>;
        };
        Relationships: [
          {
            foreignKeyName: 'subscriptions_customer_id_email_fkey';
            columns: ['customer_id', 'email'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id', 'email'];
          },
          {
            foreignKeyName: 'subscriptions_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'subscriptions_plan_fkey';
            columns: ['plan'];
            isOneToOne: false;
            referencedRelation: 'plans';
            referencedColumns: ['code'];
          },
        ];
      };
      support_calendars: {
        Row: {
          created_at: string;
          holiday_rule: string;
          hours: NonNullable<Json>;
          id: string;
          name: string;
          time_zone: string;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          holiday_rule?: string;
          hours: NonNullable<Json>;
          id?: string;
          name: string;
          time_zone?: string;
          updated_at?: string;
        };
        Update: {
          created_at?: string;
          holiday_rule?: string;
          hours?: NonNullable<Json>;
          id?: string;
          name?: string;
          time_zone?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      support_holidays: {
        Row: {
          calendar_id: string;
          created_at: string;
          day: string;
          id: string;
          is_closed: boolean;
          name: string;
          updated_at: string;
        };
        ComputedFields: never;
        Insert: {
          calendar_id: string;
          created_at?: string;
          day: string;
          id?: string;
          is_closed?: boolean;
          name?: string;
          updated_at?: string;
        };
        Update: {
          calendar_id?: string;
          created_at?: string;
          day?: string;
          id?: string;
          is_closed?: boolean;
          name?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'support_holidays_calendar_id_fkey';
            columns: ['calendar_id'];
            isOneToOne: false;
            referencedRelation: 'support_calendars';
            referencedColumns: ['id'];
          },
        ];
      };
      support_tickets: {
        Row: {
          asked_at: string | null;
          assigned_to: string | null;
          channel: string;
          closed_at: string | null;
          created_at: string;
          created_by: string | null;
          creation_key: string | null;
          customer_id: string | null;
          due_at: string | null;
          first_responded_at: string | null;
          first_response_due_at: string | null;
          first_response_seconds: number | null;
          follows_id: string | null;
          from_address: string | null;
          from_name: string | null;
          id: string;
          is_breached: boolean;
          is_other_machine: boolean;
          last_author: string | null;
          last_message_at: string | null;
          license_id: string | null;
          merged_into: string | null;
          missed_clocks: string[];
          next_response_due_at: string | null;
          number: number;
          priority: string;
          resolution_due_at: string | null;
          resolution_seconds: number | null;
          resolved_at: string | null;
          snoozed_until: string | null;
          status: string;
          subject: string;
          tags: string[];
          updated_at: string;
          warn_at: string | null;
        };
        ComputedFields: never;
        Insert: {
          asked_at?: string | null;
          assigned_to?: string | null;
          channel?: string;
          closed_at?: string | null;
          created_at?: string;
          created_by?: string | null;
          creation_key?: string | null;
          customer_id?: string | null;
          due_at?: string | null;
          first_responded_at?: string | null;
          first_response_due_at?: string | null;
          first_response_seconds?: number | null;
          follows_id?: string | null;
          from_address?: string | null;
          from_name?: string | null;
          id?: string;
          is_breached?: never;
          is_other_machine?: boolean;
          last_author?: string | null;
          last_message_at?: string | null;
          license_id?: string | null;
          merged_into?: string | null;
          missed_clocks?: string[];
          next_response_due_at?: string | null;
          number?: number;
          priority?: string;
          resolution_due_at?: string | null;
          resolution_seconds?: number | null;
          resolved_at?: string | null;
          snoozed_until?: string | null;
          status?: string;
          subject: string;
          tags?: string[];
          updated_at?: string;
          warn_at?: string | null;
        };
        Update: {
          asked_at?: string | null;
          assigned_to?: string | null;
          channel?: string;
          closed_at?: string | null;
          created_at?: string;
          created_by?: string | null;
          creation_key?: string | null;
          customer_id?: string | null;
          due_at?: string | null;
          first_responded_at?: string | null;
          first_response_due_at?: string | null;
          first_response_seconds?: number | null;
          follows_id?: string | null;
          from_address?: string | null;
          from_name?: string | null;
          id?: string;
          is_breached?: never;
          is_other_machine?: boolean;
          last_author?: string | null;
          last_message_at?: string | null;
          license_id?: string | null;
          merged_into?: string | null;
          missed_clocks?: string[];
          next_response_due_at?: string | null;
          number?: number;
          priority?: string;
          resolution_due_at?: string | null;
          resolution_seconds?: number | null;
          resolved_at?: string | null;
          snoozed_until?: string | null;
          status?: string;
          subject?: string;
          tags?: string[];
          updated_at?: string;
          warn_at?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'support_tickets_assigned_to_fkey';
            columns: ['assigned_to'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
          {
            foreignKeyName: 'support_tickets_created_by_fkey';
            columns: ['created_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
          {
            foreignKeyName: 'support_tickets_customer_id_fkey';
            columns: ['customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'support_tickets_follows_id_fkey';
            columns: ['follows_id'];
            isOneToOne: false;
            referencedRelation: 'support_tickets';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'support_tickets_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'support_tickets_merged_into_fkey';
            columns: ['merged_into'];
            isOneToOne: false;
            referencedRelation: 'support_tickets';
            referencedColumns: ['id'];
          },
        ];
      };
      ticket_attachments: {
        Row: {
          content_type: string | null;
          created_at: string;
          draft_kind: string | null;
          id: string;
          message_id: string | null;
          name: string;
          next_check_at: string;
          note_id: string | null;
          refusal: string | null;
          size: number;
          status: string;
          ticket_id: string;
          uploaded_by: string | null;
        };
        ComputedFields: never;
        Insert: {
          content_type?: string | null;
          created_at?: string;
          draft_kind?: string | null;
          id?: string;
          message_id?: string | null;
          name: string;
          next_check_at?: string;
          note_id?: string | null;
          refusal?: string | null;
          size: number;
          status?: string;
          ticket_id: string;
          uploaded_by?: string | null;
        };
        Update: {
          content_type?: string | null;
          created_at?: string;
          draft_kind?: string | null;
          id?: string;
          message_id?: string | null;
          name?: string;
          next_check_at?: string;
          note_id?: string | null;
          refusal?: string | null;
          size?: number;
          status?: string;
          ticket_id?: string;
          uploaded_by?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'ticket_attachments_message_id_fkey';
            columns: ['message_id'];
            isOneToOne: false;
            referencedRelation: 'ticket_messages';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'ticket_attachments_note_id_fkey';
            columns: ['note_id'];
            isOneToOne: false;
            referencedRelation: 'ticket_notes';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'ticket_attachments_ticket_id_fkey';
            columns: ['ticket_id'];
            isOneToOne: false;
            referencedRelation: 'support_tickets';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'ticket_attachments_uploaded_by_fkey';
            columns: ['uploaded_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      ticket_drafts: {
        Row: {
          body: string;
          kind: string;
          seen_message_id: string | null;
          ticket_id: string;
          updated_at: string;
          user_id: string;
        };
        ComputedFields: never;
        Insert: {
          body?: string;
          kind: string;
          seen_message_id?: string | null;
          ticket_id: string;
          updated_at?: string;
          user_id?: string;
        };
        Update: {
          body?: string;
          kind?: string;
          seen_message_id?: string | null;
          ticket_id?: string;
          updated_at?: string;
          user_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'ticket_drafts_seen_message_id_fkey';
            columns: ['seen_message_id'];
            isOneToOne: false;
            referencedRelation: 'ticket_messages';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'ticket_drafts_ticket_id_fkey';
            columns: ['ticket_id'];
            isOneToOne: false;
            referencedRelation: 'support_tickets';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'ticket_drafts_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      ticket_events: {
        Row: {
          actor_id: string | null;
          actor_kind: string;
          created_at: string;
          data: NonNullable<Json>;
          id: number;
          kind: string;
          ticket_id: string;
        };
        ComputedFields: never;
        Insert: {
          actor_id?: string | null;
          actor_kind: string;
          created_at?: string;
          data?: NonNullable<Json>;
          id?: never;
          kind: string;
          ticket_id: string;
        };
        Update: {
          actor_id?: string | null;
          actor_kind?: string;
          created_at?: string;
          data?: NonNullable<Json>;
          id?: never;
          kind?: string;
          ticket_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'ticket_events_actor_id_fkey';
            columns: ['actor_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
          {
            foreignKeyName: 'ticket_events_ticket_id_fkey';
            columns: ['ticket_id'];
            isOneToOne: false;
            referencedRelation: 'support_tickets';
            referencedColumns: ['id'];
          },
        ];
      };
      ticket_messages: {
        Row: {
          author_id: string | null;
          author_kind: string;
          body: string;
          channel: string;
          created_at: string;
          from_address: string | null;
          from_name: string | null;
          has_original: boolean;
          held_until: string | null;
          id: string;
          idempotency_key: string | null;
          is_verified: boolean;
          kind: string;
          message_id: string | null;
          quoted: string | null;
          sequence: number;
          subject: string | null;
          ticket_id: string;
          undo: Json | null;
          withdrawn_at: string | null;
          written_by: string | null;
        };
        ComputedFields: never;
        Insert: {
          author_id?: string | null;
          author_kind: string;
          body: string;
          channel: string;
          created_at?: string;
          from_address?: string | null;
          from_name?: string | null;
          has_original?: boolean;
          held_until?: string | null;
          id?: string;
          idempotency_key?: string | null;
          is_verified?: boolean;
          kind?: string;
          message_id?: string | null;
          quoted?: string | null;
          sequence?: never;
          subject?: string | null;
          ticket_id: string;
          undo?: Json | null;
          withdrawn_at?: string | null;
          written_by?: string | null;
        };
        Update: {
          author_id?: string | null;
          author_kind?: string;
          body?: string;
          channel?: string;
          created_at?: string;
          from_address?: string | null;
          from_name?: string | null;
          has_original?: boolean;
          held_until?: string | null;
          id?: string;
          idempotency_key?: string | null;
          is_verified?: boolean;
          kind?: string;
          message_id?: string | null;
          quoted?: string | null;
          sequence?: never;
          subject?: string | null;
          ticket_id?: string;
          undo?: Json | null;
          withdrawn_at?: string | null;
          written_by?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'ticket_messages_author_id_fkey';
            columns: ['author_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
          {
            foreignKeyName: 'ticket_messages_ticket_id_fkey';
            columns: ['ticket_id'];
            isOneToOne: false;
            referencedRelation: 'support_tickets';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'ticket_messages_written_by_fkey';
            columns: ['written_by'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      ticket_notes: {
        Row: {
          author_id: string | null;
          body: string;
          created_at: string;
          id: string;
          idempotency_key: string | null;
          ticket_id: string;
        };
        ComputedFields: never;
        Insert: {
          author_id?: string | null;
          body: string;
          created_at?: string;
          id?: string;
          idempotency_key?: string | null;
          ticket_id: string;
        };
        Update: {
          author_id?: string | null;
          body?: string;
          created_at?: string;
          id?: string;
          idempotency_key?: string | null;
          ticket_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'ticket_notes_author_id_fkey';
            columns: ['author_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
          {
            foreignKeyName: 'ticket_notes_ticket_id_fkey';
            columns: ['ticket_id'];
            isOneToOne: false;
            referencedRelation: 'support_tickets';
            referencedColumns: ['id'];
          },
        ];
      };
      ticket_reads: {
        Row: {
          read_at: string;
          ticket_id: string;
          user_id: string;
        };
        ComputedFields: never;
        Insert: {
          read_at?: string;
          ticket_id: string;
          user_id?: string;
        };
        Update: {
          read_at?: string;
          ticket_id?: string;
          user_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'ticket_reads_ticket_id_fkey';
            columns: ['ticket_id'];
            isOneToOne: false;
            referencedRelation: 'support_tickets';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'ticket_reads_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: false;
            referencedRelation: 'staff';
            referencedColumns: ['user_id'];
          },
        ];
      };
      usage_stats: {
        Row: {
          ai_queries: number;
          campaigns_launched: number;
          created_at: string;
          date: string;
          errors_count: number;
          id: string;
          license_id: string;
          messages_sent: number;
          updated_at: string;
          uptime_minutes: number;
        };
        ComputedFields: never;
        Insert: {
          ai_queries?: number;
          campaigns_launched?: number;
          created_at?: string;
          date: string;
          errors_count?: number;
          id?: string;
          license_id: string;
          messages_sent?: number;
          updated_at?: string;
          uptime_minutes?: number;
        };
        Update: {
          ai_queries?: number;
          campaigns_launched?: number;
          created_at?: string;
          date?: string;
          errors_count?: number;
          id?: string;
          license_id?: string;
          messages_sent?: number;
          updated_at?: string;
          uptime_minutes?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'usage_stats_license_id_fkey';
            columns: ['license_id'];
            isOneToOne: false;
            referencedRelation: 'licenses';
            referencedColumns: ['id'];
          },
        ];
      };
    };
    Views: {
      [_ in never]: never;
    };
    Functions: {
      accept_ticket_sender: { Args: { message_id: string }; Returns: Json };
      add_log_source_token: { Args: { source: string }; Returns: Json };
      assign_log_group: { Args: { group_id: number; user_id?: string }; Returns: Json };
      audit_verify: { Args: Record<PropertyKey, never>; Returns: Json };
      cancel_log_export: { Args: { export_id: string }; Returns: Json };
      change_license_plan: { Args: { license_id: string; plan: string; reason: string }; Returns: Json };
      confirm_ticket_sender: { Args: { ticket_number: number }; Returns: Json };
      count_ticket_folders: { Args: Record<PropertyKey, never>; Returns: Json };
      count_unread_alerts: { Args: Record<PropertyKey, never>; Returns: number };
      create_license: {
        Args: {
          email: string;
          expires_at?: string;
          hwid: string;
          locale?: string;
          notes?: string;
          payment_method?: string;
          plan: string;
          send_email?: boolean;
        };
        Returns: Json;
      };
      create_ticket: {
        Args: {
          body?: string;
          customer_id?: string;
          idempotency_key?: string;
          license_id?: string;
          priority?: string;
          subject?: string;
        };
        Returns: Json;
      };
      current_staff: { Args: Record<PropertyKey, never>; Returns: Json };
      daily_payments: { Args: { currency?: string; from_day: string; to_day: string }; Returns: Json };
      delete_license: { Args: { license_id: string; reason: string }; Returns: Json };
      delete_log_rule: { Args: { rule_id: string }; Returns: undefined };
      delete_report_schedule: { Args: { schedule_id: string }; Returns: undefined };
      delete_support_calendar: { Args: { calendar_id: string; seen: Json }; Returns: undefined };
      end_client_session: { Args: { session_id: string }; Returns: Json };
      end_own_sessions: { Args: { session_id?: string }; Returns: number };
      export_logs: {
        Args: { format?: string; from_time?: string; query?: string; time_zone?: string; to_time?: string };
        Returns: Json;
      };
      extend_license: { Args: { days: number; license_id: string; reason: string }; Returns: Json };
      extend_licenses: { Args: { days: number; license_ids: string[]; reason: string }; Returns: Json };
      find_anything: { Args: { query: string }; Returns: Json };
      follow_logs: { Args: { cursor?: string; most?: number; query?: string }; Returns: Json };
      forget_customer: { Args: { customer_id: string; reason: string }; Returns: Json };
      get_cohorts: { Args: { filters?: Json; months?: number }; Returns: Json };
      get_customer: { Args: { customer_id: string }; Returns: Json };
      get_dashboard: { Args: { from_day?: string; to_day?: string }; Returns: Json };
      get_license: { Args: { license_id: string }; Returns: Json };
      get_log_facets: { Args: { from_time?: string; query?: string; to_time?: string }; Returns: Json };
      get_log_group: { Args: { group_id: number }; Returns: Json };
      get_log_histogram: {
        Args: { buckets?: number; counted_from?: string; from_time?: string; query?: string; to_time?: string };
        Returns: Json;
      };
      get_metric: {
        Args: { filters?: Json; from_day?: string; granularity?: string; metric: string; to_day?: string };
        Returns: Json;
      };
      get_metrics: {
        Args: { filters?: Json; from_day?: string; granularity?: string; metrics: string[]; to_day?: string };
        Returns: Json;
      };
      get_mrr_waterfall: {
        Args: { filters?: Json; from_day?: string; granularity?: string; to_day?: string };
        Returns: Json;
      };
      get_original_mail: { Args: { message_id: string }; Returns: Json };
      get_own_account: { Args: Record<PropertyKey, never>; Returns: Json };
      get_plan_figures: { Args: { filters?: Json; from_day?: string; to_day?: string }; Returns: Json };
      get_product_figures: { Args: { filters?: Json }; Returns: Json };
      get_renewal_forecast: { Args: { filters?: Json; months?: number }; Returns: Json };
      get_report_file: { Args: { format: string; run_id: string }; Returns: Json };
      get_risk_quality: { Args: { from_day?: string; to_day?: string }; Returns: Json };
      get_subscription: { Args: { subscription_id: string }; Returns: Json };
      get_ticket: { Args: { ticket_number: number }; Returns: Json };
      get_usage: {
        Args: { customer_id?: string; from_day?: string; license_id?: string; to_day?: string };
        Returns: Json;
      };
      import_licenses: {
        Args: {
          dry_run?: boolean;
          existing?: string;
          file_hash: string;
          file_name?: string;
          mode?: string;
          rows: Json;
        };
        Returns: Json;
      };
      link_log_export: { Args: { export_id: string }; Returns: Json };
      link_subscription_license: { Args: { license_id: string; subscription_id: string }; Returns: Json };
      list_alerts: { Args: { before?: string; before_id?: string; page_size?: number }; Returns: Json };
      list_client_sessions: { Args: { license_id: string }; Returns: Json };
      list_customer_activity: {
        Args: {
          before?: string;
          before_key?: string;
          customer_id?: string;
          kinds?: string[];
          license_id?: string;
          page_size?: number;
        };
        Returns: Json;
      };
      list_customer_events: {
        Args: { before_sequence?: number; customer_id: string; page_size?: number };
        Returns: Json;
      };
      list_emails: {
        Args: { before?: string; before_id?: string; customer_id?: string; license_id?: string; page_size?: number };
        Returns: Json;
      };
      list_license_checks: { Args: { license_id: string }; Returns: Json };
      list_license_consequences: { Args: { license_ids: string[] }; Returns: Json };
      list_license_events: {
        Args: { before_sequence?: number; license_id: string; page_size?: number };
        Returns: Json;
      };
      list_log_exports: { Args: Record<PropertyKey, never>; Returns: Json };
      list_log_firings: { Args: { before_id?: number; page_size?: number; rule_id: string }; Returns: Json };
      list_log_rules: { Args: Record<PropertyKey, never>; Returns: Json };
      list_log_sources: { Args: Record<PropertyKey, never>; Returns: Json };
      list_metric_rows: {
        Args: { filters?: Json; from_day?: string; metric: string; page?: number; page_size?: number; to_day?: string };
        Returns: Json;
      };
      list_recent_activity: { Args: { page_size?: number }; Returns: Json };
      list_report_runs: { Args: { page?: number; page_size?: number; schedule_id?: string }; Returns: Json };
      list_report_schedules: { Args: Record<PropertyKey, never>; Returns: Json };
      list_risks: { Args: { page?: number; page_size?: number; reason?: string }; Returns: Json };
      list_staff: { Args: Record<PropertyKey, never>; Returns: Json };
      list_subscription_events: {
        Args: { before_sequence?: number; page_size?: number; subscription_id: string };
        Returns: Json;
      };
      list_support_holidays: { Args: { calendar_id: string; year: number }; Returns: Json };
      list_ticket_assignees: { Args: Record<PropertyKey, never>; Returns: Json };
      make_recovery_codes: { Args: Record<PropertyKey, never>; Returns: Json };
      mark_alerts_read: { Args: { alert_ids?: string[] }; Returns: number };
      merge_tickets: { Args: { into_number: number; ticket_number: number }; Returns: Json };
      note_dashboard_visit: { Args: Record<PropertyKey, never>; Returns: Json };
      note_risk_contact: { Args: { note?: string; risk_id: string }; Returns: Json };
      pause_log_rules: { Args: { is_paused?: boolean; rule_ids: string[] }; Returns: number };
      preview_log_alert: { Args: { rule: Json }; Returns: Json };
      preview_report: { Args: { report: Json }; Returns: Json };
      record_export: {
        Args: { filters?: Json; format: string; row_count: number; subject: string };
        Returns: undefined;
      };
      record_sign_in: { Args: Record<PropertyKey, never>; Returns: undefined };
      recover_with_code: { Args: { code: string }; Returns: Json };
      reinstate_license: { Args: { license_id: string; reason: string; send_email?: boolean }; Returns: Json };
      reinstate_licenses: { Args: { license_ids: string[]; reason: string; send_email?: boolean }; Returns: Json };
      remove_log_export: { Args: { export_id: string }; Returns: undefined };
      remove_own_factor: { Args: { factor_id: string }; Returns: Json };
      remove_ticket_attachment: { Args: { attachment_id: string }; Returns: boolean };
      rename_own_factor: { Args: { factor_id: string; name: string }; Returns: Json };
      renew_license_key: { Args: { license_id: string; reason: string }; Returns: Json };
      reply_ticket: {
        Args: {
          body?: string;
          hold_seconds?: number;
          idempotency_key?: string;
          kind?: string;
          last_message_id?: string;
          next_status?: string;
          ticket_number: number;
        };
        Returns: Json;
      };
      report_tickets: { Args: { from_day: string; group_by?: string; to_day: string }; Returns: Json };
      resume_log_export: { Args: { export_id: string }; Returns: Json };
      retry_stripe_event: { Args: { event_id: string }; Returns: Json };
      retry_ticket_mail: { Args: { message_id: string }; Returns: undefined };
      revoke_license: {
        Args: { billed_on?: boolean; license_id: string; reason: string; send_email?: boolean };
        Returns: Json;
      };
      revoke_licenses: {
        Args: { billed_on?: boolean; license_ids: string[]; reason: string; send_email?: boolean };
        Returns: Json;
      };
      revoke_log_token: { Args: { token_id: string }; Returns: undefined };
      save_log_rule: { Args: { rule: Json; rule_id?: string; seen?: Json }; Returns: Json };
      save_report_schedule: { Args: { report: Json; schedule_id?: string; seen_at?: string }; Returns: Json };
      save_sla_policy: {
        Args: {
          calendar_id: string;
          first_response_minutes: number;
          is_paused_while_waiting: boolean;
          is_reassigned: boolean;
          next_response_minutes: number;
          priority: string;
          raise_to: string;
          resolution_minutes: number;
          seen: Json;
          warn_minutes: number;
        };
        Returns: Json;
      };
      save_staff_assignment: {
        Args: { capacity: number; seen: Json; skills: string[]; user_id: string };
        Returns: Json;
      };
      save_support_calendar: {
        Args: { calendar_id: string; holiday_rule?: string; hours: Json; name: string; seen: Json; time_zone: string };
        Returns: Json;
      };
      save_support_holiday: {
        Args: { calendar_id: string; day: string; is_closed?: boolean; name?: string; seen?: Json };
        Returns: Json;
      };
      save_ticket_assignment: { Args: { away_hours: number; is_enabled: boolean; seen: Json }; Returns: Json };
      search_customers: {
        Args: {
          descending?: boolean;
          page?: number;
          page_size?: number;
          query?: string;
          segment?: string;
          sort?: string;
        };
        Returns: Json;
      };
      search_events: {
        Args: {
          actor_id?: string;
          actor_kind?: string;
          customer_id?: string;
          event_types?: string[];
          from_time?: string;
          license_id?: string;
          page?: number;
          page_size?: number;
          query?: string;
          to_time?: string;
        };
        Returns: Json;
      };
      search_licenses: {
        Args: {
          auto_renew?: boolean;
          customer_id?: string;
          descending?: boolean;
          expiring_within_days?: number;
          import_id?: string;
          page?: number;
          page_size?: number;
          plans?: string[];
          query?: string;
          sort?: string;
          statuses?: string[];
        };
        Returns: Json;
      };
      search_log_groups: {
        Args: {
          assigned_to?: string;
          license_id?: string;
          page?: number;
          page_size?: number;
          query?: string;
          sort?: string;
          source?: string;
          status?: string;
        };
        Returns: Json;
      };
      search_logs: {
        Args: {
          cursor?: string;
          from_time?: string;
          oldest_first?: boolean;
          page_size?: number;
          query?: string;
          to_time?: string;
        };
        Returns: Json;
      };
      search_payments: {
        Args: {
          customer_id?: string;
          descending?: boolean;
          from_time?: string;
          license_id?: string;
          page?: number;
          page_size?: number;
          query?: string;
          sort?: string;
          statuses?: string[];
          to_time?: string;
        };
        Returns: Json;
      };
      search_subscriptions: {
        Args: {
          attention?: string;
          customer_id?: string;
          descending?: boolean;
          page?: number;
          page_size?: number;
          plans?: string[];
          query?: string;
          sort?: string;
          statuses?: string[];
        };
        Returns: Json;
      };
      search_tickets: {
        Args: {
          assigned_to?: string;
          breached?: string;
          channel?: string;
          created_from?: string;
          created_to?: string;
          customer_id?: string;
          descending?: boolean;
          folder?: string;
          is_answered?: boolean;
          is_assigned?: boolean;
          license_id?: string;
          page?: number;
          page_size?: number;
          priorities?: string[];
          query?: string;
          sort?: string;
          statuses?: string[];
          tags?: string[];
        };
        Returns: Json;
      };
      send_license_key: { Args: { license_id: string }; Returns: Json };
      send_report_now: { Args: { schedule_id: string }; Returns: Json };
      send_subscription_reminders: { Args: { subscription_ids?: string[] }; Returns: Json };
      set_stripe_event_aside: { Args: { event_id: string; reason: string }; Returns: Json };
      set_support_presence: { Args: { is_available?: boolean }; Returns: Json };
      start_stripe_sync: { Args: { kind: string }; Returns: Json };
      stripe_health: { Args: Record<PropertyKey, never>; Returns: Json };
      subscriptions_summary: { Args: Record<PropertyKey, never>; Returns: Json };
      suspend_license: { Args: { license_id: string; reason: string; send_email?: boolean }; Returns: Json };
      suspend_licenses: { Args: { license_ids: string[]; reason: string; send_email?: boolean }; Returns: Json };
      transfer_license: { Args: { license_id: string; new_hwid: string; reason: string }; Returns: Json };
      transfer_license_to_check: { Args: { check_id: number; reason: string }; Returns: Json };
      undo_import: { Args: { import_id: string }; Returns: Json };
      undo_ticket_reply: { Args: { message_id: string }; Returns: Json };
      update_customer: {
        Args: { company: string; customer_id: string; email: string; locale: string; name: string; seen: Json };
        Returns: Json;
      };
      update_log_group: {
        Args: { group_id: number; ignored_until?: string; ignored_until_lines?: number; status: string };
        Returns: Json;
      };
      update_own_account: { Args: { display_name?: string; locale?: string }; Returns: Json };
      update_ticket: { Args: { changes?: Json; ticket_number: number }; Returns: Json };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'public'>];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])[TableName] extends {
      Row: infer R;
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    ? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R;
      }
      ? R
      : never
    : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Insert: infer I;
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I;
      }
      ? I
      : never
    : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Update: infer U;
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U;
      }
      ? U
      : never
    : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums'] | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
    ? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
    : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema['CompositeTypes']
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
    ? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
    : never;

export const Constants = {
  public: {
    Enums: {},
  },
} as const;
