-- The customer who lost his key is sent it again; a key that went astray is replaced. The old one then proves nothing
-- any more, and the client is told what it is told of any unknown key. Staff still find the licence by it: it is what
-- the customer reads out to them.

insert into private.role_permissions (role, permission) values
  ('admin', 'licenses.send_key'), ('admin', 'licenses.renew_key'), ('support', 'licenses.send_key');

create table private.former_license_keys (
  license_key_hash bytea primary key,
  license_id uuid not null references public.licenses (id) on delete cascade,
  replaced_at timestamptz not null default now()
);
comment on table private.former_license_keys is
  'Keys that were replaced, by the hash they were found by: searches still find their licence, checks never.';

create index former_license_keys_license_id_idx on private.former_license_keys (license_id);

alter table private.former_license_keys enable row level security;

create function private.refuse_out_of_force(license public.licenses) returns void
language plpgsql stable set search_path = ''
as $$
begin
  perform private.refuse_revoked(license);
  perform private.refuse_suspended(license);
  if license.grace_until <= now() then
    perform private.fail('license_expired', 'The licence has expired');
  end if;
end
$$;
comment on function private.refuse_out_of_force(public.licenses) is
  'Raises license_revoked, license_suspended or license_expired (409) for a licence that no check would allow.';

create function private.send_license_key(license_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
begin
  perform private.require_permission('licenses.send_key');
  license := private.lock_license(license_id);
  perform private.refuse_out_of_force(license);
  if exists (select from public.customers where customers.id = license.customer_id and mail_refused is not null) then
    perform private.fail('address_refused', 'The customer''s address takes no mail: correct it first');
  end if;
  -- A second click, or a colleague's: one of them is enough.
  if exists (select from public.email_outbox where email_outbox.license_id = license.id
    and template in ('license_created', 'license_key_sent', 'license_key_renewed')
    and (status in ('pending', 'sending') or created_at > now() - interval '1 minute')) then
    perform private.fail('key_just_sent', 'The key is on its way already, or was sent a minute ago');
  end if;
  perform private.queue_email('license_key_sent', license);
  perform private.record_license_event('license_key_sent', license);
  return private.license_row(license);
end
$$;
comment on function private.send_license_key(uuid) is
  'Does the work of the public function of that name. Definer: callers may not write the outbox.';
grant execute on function private.send_license_key(uuid) to authenticated, service_role;

create function public.send_license_key(license_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.send_license_key($1) $$;
comment on function public.send_license_key(uuid) is
  'Mails the customer the key of a licence in force again, once a minute at most. Needs licenses.send_key. Errors: '
  'license_not_found, customer_forgotten, license_revoked, license_expired, address_refused, key_just_sent (409). → '
  'the licence as in lists.';
revoke execute on function public.send_license_key(uuid) from public, anon, authenticated, service_role;
grant execute on function public.send_license_key(uuid) to authenticated, service_role;

create function private.renew_license_key(license_id uuid, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  license public.licenses;
  license_key text := private.generate_license_key();
begin
  perform private.require_permission('licenses.renew_key');
  reason := private.require_text(reason, 'reason_required', 1, 500);
  license := private.lock_license(license_id);
  perform private.refuse_out_of_force(license);
  insert into private.former_license_keys (license_key_hash, license_id)
  select license_key_hash, license.id from private.license_secrets where license_secrets.license_id = license.id;
  update private.license_secrets set license_key_hash = private.license_key_hash(license_key),
    license_key_encrypted = private.encrypt_secret(license_key, private.secret('license_key_key'))
  where license_secrets.license_id = license.id;
  -- Before the row changes: the hint is shown, and read again by who has the page open.
  perform private.record_license_event('license_key_renewed', license, jsonb_build_object('reason', reason),
    jsonb_build_object('license_key_hint', license.license_key_hint),
    jsonb_build_object('license_key_hint', right(license_key, 5)));
  update public.licenses set license_key_hint = right(license_key, 5) where id = license.id returning * into license;
  perform private.queue_email('license_key_renewed', license);
  return private.license_row(license) || jsonb_build_object('license_key', license_key,
    'mail', (select jsonb_build_object('locale', customers.locale, 'refused', customers.mail_refused)
      from public.customers where customers.id = license.customer_id));
end
$$;
comment on function private.renew_license_key(uuid, text) is
  'Does the work of the public function of that name. Definer: callers may not write keys.';
grant execute on function private.renew_license_key(uuid, text) to authenticated, service_role;

create function public.renew_license_key(license_id uuid, reason text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.renew_license_key($1, $2) $$;
comment on function public.renew_license_key(uuid, text) is
  'Gives a licence in force a new key and mails it to the customer; the old one is unknown (NOT_FOUND) from then on. '
  'Needs licenses.renew_key. Errors: reason_required, license_not_found, customer_forgotten, license_revoked, '
  'license_expired. → the licence as in lists, with license_key whole, this once, and mail {locale, refused}.';
revoke execute on function public.renew_license_key(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.renew_license_key(uuid, text) to authenticated, service_role;
