-- What came due and was renewed, kept when it happens: a licence itself says only where it ends now.

create table private.license_dues (
  id bigint generated always as identity primary key,
  license_id uuid not null references public.licenses (id) on delete cascade,
  plan text not null references public.plans (code) on update cascade,
  due_at timestamptz not null,
  grace_until timestamptz not null,
  renewed_at timestamptz not null,
  constraint license_dues_license_id_due_at_key unique (license_id, due_at)
);
comment on table private.license_dues is
  'Ends of licences that were followed by a payment. A licence whose end is past and not here was not renewed; one '
  'renewed after its days of grace had lapsed and came back.';
comment on column private.license_dues.id is 'Order of writing';
comment on column private.license_dues.due_at is 'Where the licence would have ended';
comment on column private.license_dues.grace_until is 'Until when a renewal was in time';
comment on column private.license_dues.renewed_at is 'When it was renewed, before due_at or after';

create index license_dues_due_at_idx on private.license_dues (due_at) include (renewed_at, grace_until, plan);
create index license_dues_renewed_at_idx on private.license_dues (renewed_at);
create index license_dues_plan_idx on private.license_dues (plan);

alter table private.license_dues enable row level security;

create function private.licenses_after_note_renewal() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.license_dues (license_id, plan, due_at, grace_until, renewed_at)
  values (new.id, new.plan, old.expires_at, old.grace_until, private.movement_time())
  on conflict on constraint license_dues_license_id_due_at_key do nothing;
  return null;
end
$$;
comment on function private.licenses_after_note_renewal() is
  'Trigger: a later end that is paid is a renewal of the one before; more days given by staff to a licence that '
  'Stripe bills only move its end. Definer: nobody writes the table directly.';

create trigger licenses_after_note_renewal after update of expires_at on public.licenses
  for each row when (new.expires_at > old.expires_at and old.revoked_at is null and old.deleted_at is null
    and (new.payment_method in ('paypal', 'bank_transfer') or (old.paid_until is not null
      and new.paid_until > old.paid_until)))
  execute function private.licenses_after_note_renewal();
