-- Licences. What identifies one (key, hardware) is never in a table the API exposes: the public row carries a hint,
-- `private.license_secrets` the hashes to find it by and the encrypted values.

insert into private.export_subjects (subject, permission, filters) values
  ('licenses', 'licenses.export',
    '{statuses,plans,expiring_within_days,auto_renew,import_id,customer_id,sort,descending}');

insert into private.error_codes (code, status) values
  ('invalid_hwid', 400), ('invalid_plan', 400), ('invalid_days', 400), ('invalid_expiry', 400),
  ('expiry_too_far', 409), ('invalid_payment_method', 400), ('notes_too_long', 400), ('license_not_found', 404),
  ('license_revoked', 409), ('license_suspended', 409),
  ('license_not_suspended', 409), ('license_expired', 409), ('license_in_use', 409), ('already_on_plan', 409),
  ('same_hwid', 409), ('subscription_governs', 409);

create table public.license_imports (
  id uuid primary key default gen_random_uuid(),
  file_hash text not null,
  mode text not null,
  created_by uuid references public.staff (user_id) on delete restrict,
  file_name text,
  created_count int not null default 0,
  created_at timestamptz not null default now(),
  undo_started_at timestamptz,
  undone_at timestamptz,
  constraint file_hash_is_sha256 check (file_hash ~ '^[0-9a-f]{64}$'),
  constraint mode_is_known check (mode in ('all_or_nothing', 'valid_rows')),
  constraint file_name_is_short check (file_name <> '' and length(file_name) <= 255),
  constraint created_count_is_not_negative check (created_count >= 0),
  constraint undone_at_is_after_its_start
    check (undone_at is null or undo_started_at is null or undone_at >= undo_started_at)
);
comment on table public.license_imports is 'One row per imported file; the hash makes a repeat create nothing.';
comment on column public.license_imports.file_hash is 'sha256 of the whole file, hexadecimal';
comment on column public.license_imports.mode is 'all_or_nothing or valid_rows';
comment on column public.license_imports.created_count is 'Licences it made';
comment on column public.license_imports.undo_started_at is
  'When its undoing began; undone_at is set once the last licence is gone';
comment on column public.license_imports.file_name is
  'Name of the file on the computer it came from, without its folders; null when the caller gave none';

create unique index license_imports_file_hash_idx on public.license_imports (file_hash) where undone_at is null;
create index license_imports_created_by_idx on public.license_imports (created_by);

create table public.licenses (
  id uuid primary key default gen_random_uuid(),
  customer_id uuid not null,
  email text not null,
  plan text not null references public.plans (code) on update cascade,
  status text not null default 'active',
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  grace_until timestamptz not null,
  auto_renew boolean not null default false,
  payment_method text not null default 'manual',
  mrr_cents bigint not null default 0,
  currency text not null default 'EUR',
  stripe_subscription_id text,
  paid_until timestamptz,
  created_by uuid references public.staff (user_id) on delete restrict,
  notes text,
  last_check_in timestamptz,
  client_version text,
  client_os text,
  license_key_hint text not null,
  hwid_hint text not null,
  import_id uuid references public.license_imports (id) on delete restrict,
  import_row int,
  revoked_at timestamptz,
  revoked_reason text,
  suspended_at timestamptz,
  suspended_reason text,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint licenses_customer_id_email_fkey foreign key (customer_id, email)
    references public.customers (id, email) on update cascade on delete restrict,
  constraint licenses_import_id_import_row_key unique (import_id, import_row),
  constraint status_is_known check (status in ('active', 'grace_period', 'suspended', 'expired', 'revoked')),
  constraint revoked_status_has_its_date check ((status = 'revoked') = (revoked_at is not null)),
  constraint suspended_status_has_its_date check ((status = 'suspended') = (suspended_at is not null)),
  constraint suspension_has_a_reason check ((suspended_at is null) = (suspended_reason is null)
    and length(btrim(suspended_reason)) > 0),
  constraint revocation_has_a_reason check (revoked_at is null or length(btrim(revoked_reason)) > 0),
  constraint expires_at_is_after_issued_at check (expires_at > issued_at),
  constraint grace_until_is_not_before_expires_at check (grace_until >= expires_at),
  constraint payment_method_is_known check (payment_method in ('stripe', 'paypal', 'bank_transfer', 'manual')),
  constraint mrr_cents_is_not_negative check (mrr_cents >= 0),
  constraint currency_is_iso_4217 check (currency ~ '^[A-Z]{3}$'),
  constraint auto_renew_needs_a_subscription check (not auto_renew or stripe_subscription_id is not null),
  constraint notes_is_short check (length(notes) <= 5000),
  constraint client_version_is_short check (length(client_version) <= 40),
  constraint client_os_is_short check (length(client_os) <= 80),
  constraint import_row_comes_with_import check ((import_id is null) = (import_row is null))
);
comment on table public.licenses is
  'Licences of the desktop client. `status` is a write-back for display and subscriptions; what counts is '
  'private.license_state at the moment of asking.';
comment on column public.licenses.stripe_subscription_id is 'sub_… it follows, running or ended';
comment on column public.licenses.auto_renew is
  'Whether its subscription goes on by itself at the end of what is paid; nothing else renews a licence';
comment on column public.licenses.notes is 'What staff noted, 5000 characters at most';
comment on column public.licenses.client_version is 'Version the client said at its last check-in';
comment on column public.licenses.client_os is 'System the client said at its last check-in';
comment on column public.licenses.import_row is 'Line of the imported file, from 2';
comment on column public.licenses.revoked_reason is 'Why it was revoked, as staff or the rule said';
comment on column public.licenses.suspended_reason is 'Why it is suspended, as staff said; its time goes on meanwhile';
comment on column public.licenses.email is 'The customer''s e-mail, kept equal by the foreign key';
comment on column public.licenses.paid_until is
  'End of what its subscription has paid for; expires_at follows it, staff may give more';
comment on column public.licenses.grace_until is 'expires_at plus the grace days of the plan; kept by trigger';
comment on column public.licenses.mrr_cents is
  'Monthly recurring revenue in cents as of the last write-back, for sorting; kept by trigger';
comment on column public.licenses.currency is 'ISO 4217 code of mrr_cents: of its subscription, else of its plan';
comment on column public.licenses.payment_method is 'manual is a courtesy licence: it never counts as revenue';
comment on column public.licenses.license_key_hint is 'Last group of the key, to tell licences apart';
comment on column public.licenses.hwid_hint is 'Masked hardware identifier';
comment on column public.licenses.deleted_at is 'Deleted softly: Realtime would show a real deletion to everyone';

create index licenses_customer_id_email_idx on public.licenses (customer_id, email);
create index licenses_created_by_idx on public.licenses (created_by);
-- One for each column lists are sorted by; each serves both directions.
create index licenses_plan_idx on public.licenses (plan, id) where deleted_at is null;
create index licenses_created_at_idx on public.licenses (created_at, id) where deleted_at is null;
-- Carries every column lists filter by, so that counting reads the index alone.
create index licenses_expires_at_idx on public.licenses (expires_at, id)
  include (grace_until, revoked_at, suspended_at, plan, auto_renew) where deleted_at is null;
create index licenses_last_check_in_idx on public.licenses (last_check_in nulls first, id) where deleted_at is null;
create index licenses_status_rank_idx on public.licenses (array_position(array['active', 'grace_period',
  'suspended', 'expired', 'revoked'], status), id) where deleted_at is null;
create index licenses_mrr_cents_idx on public.licenses (mrr_cents, id) where deleted_at is null;
create index licenses_grace_until_idx on public.licenses (grace_until) where deleted_at is null and revoked_at is null;
create index licenses_revoked_at_idx on public.licenses (revoked_at) where deleted_at is null
  and revoked_at is not null;
create index licenses_suspended_at_idx on public.licenses (suspended_at) where deleted_at is null
  and suspended_at is not null;
create index licenses_email_idx on public.licenses (email, id) where deleted_at is null;
create unique index licenses_stripe_subscription_id_idx on public.licenses (stripe_subscription_id)
  where stripe_subscription_id is not null;
create index licenses_import_id_idx on public.licenses (import_id) where import_id is not null and deleted_at is null;
create index licenses_license_key_hint_idx on public.licenses (license_key_hint);

create table private.license_secrets (
  license_id uuid primary key references public.licenses (id) on delete cascade,
  license_key_hash bytea not null,
  license_key_encrypted bytea not null,
  hwid_hash bytea not null,
  hwid_encrypted bytea not null,
  constraint license_secrets_license_key_hash_key unique (license_key_hash)
);
comment on table private.license_secrets is
  'Licence keys (sha256 to find, encrypted to reprint) and hardware identifiers (keyed hash to find, encrypted to '
  'show).';

create index license_secrets_hwid_hash_idx on private.license_secrets (hwid_hash);

alter table private.license_secrets enable row level security;

create function private.license_state(license public.licenses) returns text
language plpgsql stable set search_path = ''
as $$
begin
  return case
    when license.revoked_at is not null then 'revoked'
    when license.suspended_at is not null then 'suspended'
    when now() < license.expires_at then 'active'
    when now() < license.grace_until then 'grace_period'
    else 'expired' end;
end
$$;
comment on function private.license_state(public.licenses) is
  'The state that counts, computed at the moment of asking: revoked, suspended, active, grace_period or expired.';
grant execute on function private.license_state(public.licenses) to authenticated, service_role;

create function private.licenses_before_derive() returns trigger
language plpgsql set search_path = ''
as $$
declare
  sold public.plans;
begin
  select * into sold from public.plans where code = new.plan;
  new.grace_until := new.expires_at + make_interval(days => sold.grace_days);
  -- The end leaves nothing to lift.
  if new.revoked_at is not null then
    new.suspended_at := null;
    new.suspended_reason := null;
  end if;
  new.status := private.license_state(new);
  if new.stripe_subscription_id is not null then
    select coalesce(mrr.cents, 0), coalesce(mrr.currency, sold.currency) into new.mrr_cents, new.currency
    from private.subscription_mrr(new.stripe_subscription_id) as mrr;
  else
    new.currency := sold.currency;
    new.mrr_cents := case
      -- A suspension is no departure: what is paid goes on.
      when new.payment_method <> 'manual' and new.deleted_at is null and new.revoked_at is null
        and now() < new.grace_until then sold.monthly_price_cents
      else 0 end;
  end if;
  return new;
end
$$;
comment on function private.licenses_before_derive() is
  'Trigger: grace_until, status, mrr_cents and currency follow from the other columns and the plan.';

create trigger licenses_before_derive before insert or update of plan, expires_at, grace_until, status, payment_method,
  revoked_at, suspended_at, deleted_at, stripe_subscription_id, paid_until on public.licenses
  for each row execute function private.licenses_before_derive();
create trigger licenses_before_touch before update of plan, status, expires_at, auto_renew, notes, payment_method,
  revoked_at, suspended_at, deleted_at, hwid_hint, email, stripe_subscription_id on public.licenses
  for each row execute function private.touch_updated_at();

create function private.licenses_before_refuse_notes() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if exists (select from public.customers where customers.id = new.customer_id and anonymized_at is not null) then
    perform private.fail('customer_forgotten', 'The customer was forgotten: nothing of the licence changes any more');
  end if;
  return new;
end
$$;
comment on function private.licenses_before_refuse_notes() is
  'Trigger: nothing is noted about somebody forgotten (customer_forgotten). Definer: reads customers for any caller.';

create trigger licenses_before_refuse_notes before update of notes on public.licenses
  for each row when (new.notes is not null and new.notes is distinct from old.notes)
  execute function private.licenses_before_refuse_notes();

create function private.plans_after_follow() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.licenses set grace_until = expires_at where plan = new.code and revoked_at is null
    and deleted_at is null;
  return null;
end
$$;
comment on function private.plans_after_follow() is
  'Trigger: grace days and price of a plan reach its licences. Definer: callers may not update licences directly.';

create trigger plans_after_follow after update of grace_days, monthly_price_cents on public.plans
  for each row when (old.grace_days <> new.grace_days or old.monthly_price_cents <> new.monthly_price_cents)
    execute function private.plans_after_follow();

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('licenses', 'email', 'email', 'contract', 'replace', 'follows the customer''s'),
  ('licenses', 'notes', 'free_text', 'legitimate_interest', 'clear', null),
  ('licenses', 'hwid_hint', 'device', 'contract', 'clear', null),
  ('licenses', 'client_os', 'device', 'contract', 'clear', null),
  ('licenses', 'revoked_reason', 'free_text', 'legitimate_interest', 'keep', 'why the contract ended'),
  ('licenses', 'suspended_reason', 'free_text', 'legitimate_interest', 'keep', 'why the contract was halted'),
  ('license_secrets', 'hwid_hash', 'device', 'contract', 'clear', null),
  ('license_secrets', 'hwid_encrypted', 'device', 'contract', 'clear', null),
  ('license_imports', 'file_name', 'free_text', 'legitimate_interest', 'keep', 'names a file of ours, no person');

alter table public.licenses enable row level security;
revoke all on public.licenses from anon, authenticated, service_role;
alter table public.license_imports enable row level security;
revoke all on public.license_imports from anon, authenticated, service_role;
grant select, update (notes) on public.licenses to authenticated;
grant select, insert, update on public.licenses to service_role;
grant select on public.license_imports to authenticated;
grant select on public.license_imports to service_role;

create policy licenses_select_staff on public.licenses for select to authenticated
  using ((select private.has_permission('licenses.read')));
comment on policy licenses_select_staff on public.licenses is 'Staff who may read licences read them all.';
create policy licenses_update_staff on public.licenses for update to authenticated
  using (deleted_at is null and (select private.has_permission('licenses.update')))
  with check ((select private.has_permission('licenses.update')));
comment on policy licenses_update_staff on public.licenses is
  'Staff who may update licences edit notes directly (the only column granted); all else goes through functions.';
create policy license_imports_select_staff on public.license_imports for select to authenticated
  using ((select private.has_permission('licenses.import')));
comment on policy license_imports_select_staff on public.license_imports is 'Whoever may import sees the imports.';

alter publication supabase_realtime add table public.licenses;
