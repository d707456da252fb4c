-- Mail leaves with the change that causes it: a row here, in the same transaction. The Edge Function mail-dispatch
-- claims rows, sends them and settles them. A row whose worker died between sending and settling is marked uncertain
-- and never sent again by itself. What became of a mail afterwards the provider tells by signed events, late, twice
-- and out of order: the gravest thing told counts, and each event once.

insert into private.error_codes (code, status) values ('address_refused', 409), ('key_just_sent', 409);

create table private.email_templates (
  template text primary key,
  description text not null,
  outlives_license boolean not null default true,
  constraint template_is_snake_case check (template ~ '^[a-z][a-z_]{2,63}$')
);
comment on table private.email_templates is
  'Mails this product sends; their words live beside the function that sends them, one file each.';
comment on column private.email_templates.template is 'Name of the file with its words';
comment on column private.email_templates.description is 'What tells whom of what';
comment on column private.email_templates.outlives_license is
  'Whether it is still sent once its licence was revoked or deleted';

insert into private.email_templates (template, description, outlives_license) values
  ('license_created', 'A new licence with its key', false),
  ('license_key_sent', 'The key of a licence, once more', false),
  ('license_key_renewed', 'A new key in the place of the old one', false),
  ('license_revoked', 'The end of a licence', true),
  ('license_suspended', 'A licence halted until further notice', false),
  ('license_reinstated', 'The end of a suspension', false),
  ('account_changed', 'What was changed of a colleague''s account, to that colleague', false),
  ('payment_failed', 'A refused payment, with the invoice to pay', false),
  ('subscription_ending', 'A subscription that ends soon and will not renew by itself', false);

create table public.email_outbox (
  id uuid primary key default gen_random_uuid(),
  template text not null references private.email_templates (template) on update cascade,
  locale text not null,
  recipient text not null,
  customer_id uuid references public.customers (id) on delete restrict,
  license_id uuid references public.licenses (id) on delete restrict,
  data jsonb not null default '{}',
  status text not null default 'pending',
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  claimed_at timestamptz,
  provider_message_id text,
  last_error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  delivery text,
  delivery_reason text,
  delivery_at timestamptz,
  constraint locale_is_known check (locale in ('fr', 'en')),
  constraint status_is_known check (status in ('pending', 'sending', 'sent', 'failed', 'uncertain', 'suppressed')),
  constraint delivery_is_known
    check (delivery in ('deferred', 'delivered', 'blocked', 'dropped', 'bounced', 'complained')),
  constraint delivery_has_its_time check ((delivery is null) = (delivery_at is null)),
  constraint delivery_reason_is_short check (length(delivery_reason) <= 500),
  constraint sent_at_comes_with_sent check ((status = 'sent') = (sent_at is not null)),
  constraint claimed_at_comes_with_sending check (status <> 'sending' or claimed_at is not null),
  constraint attempts_is_not_negative check (attempts >= 0)
);
comment on table public.email_outbox is
  'Mail to customers, and to staff about their accounts, written with the change that causes it; sent by '
  'mail-dispatch.';
comment on column public.email_outbox.template is 'Which mail; its words lie beside mail-dispatch';
comment on column public.email_outbox.recipient is 'Address it goes to';
comment on column public.email_outbox.data is
  'What the words need besides the licence: amounts in minor units with currency, links, dates';
comment on column public.email_outbox.attempts is 'Times it was tried; 8 at most';
comment on column public.email_outbox.provider_message_id is 'Id the mail provider gave it';
comment on column public.email_outbox.status is
  'What we did: pending, sending, sent, failed, uncertain, or suppressed because the address takes no mail';
comment on column public.email_outbox.delivery is
  'What the provider told since, the gravest: deferred, delivered, blocked, dropped, bounced or complained; null: '
  'nothing yet';
comment on column public.email_outbox.delivery_reason is 'What the other side said, 500 characters at most';
comment on column public.email_outbox.delivery_at is 'When that happened, by the provider''s clock';
comment on column public.email_outbox.last_error is 'Why the last attempt failed, 500 characters at most';

create index email_outbox_due_idx on public.email_outbox (next_attempt_at) where status = 'pending';
create index email_outbox_claimed_idx on public.email_outbox (claimed_at) where status = 'sending';
create index email_outbox_payment_failed_idx on public.email_outbox (license_id, (data ->> 'stripe_invoice_id'))
  where template = 'payment_failed';
create index email_outbox_license_id_idx on public.email_outbox (license_id);

create index email_outbox_customer_id_idx on public.email_outbox (customer_id, created_at desc, id desc);
create index email_outbox_provider_message_id_idx on public.email_outbox (provider_message_id);
create index email_outbox_template_idx on public.email_outbox (template);

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('email_outbox', 'recipient', 'email', 'contract', 'replace', 'forgotten-<id>@anonymous.invalid'),
  ('email_outbox', 'data', 'free_text', 'contract', 'clear', null),
  ('email_outbox', 'delivery_reason', 'free_text', 'contract', 'clear', null);

create table private.email_events (
  event_id text primary key,
  received_at timestamptz not null default now(),
  constraint event_id_is_short check (length(event_id) between 1 and 200)
);
comment on table private.email_events is
  'Events of the mail provider that were applied, so that each counts once however often it comes.';
comment on column private.email_events.event_id is 'The provider''s id of the event';

create index email_events_received_at_idx on private.email_events (received_at);

alter table private.email_events enable row level security;

alter table private.email_templates enable row level security;
alter table public.email_outbox enable row level security;
revoke all on public.email_outbox from anon, authenticated, service_role;
grant select on public.email_outbox to authenticated;
grant select on public.email_outbox to service_role;

create policy email_outbox_select_staff on public.email_outbox for select to authenticated
  using ((select private.has_permission('emails.read')));
comment on policy email_outbox_select_staff on public.email_outbox is 'Staff who may read mails see what was mailed.';

alter publication supabase_realtime add table public.email_outbox;

create function private.customers_after_redirect_mail() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.email_outbox set recipient = new.email where customer_id = new.id and status = 'pending';
  return null;
end
$$;
comment on function private.customers_after_redirect_mail() is
  'Trigger: what waits goes to the customer, not to an address given up. Definer: callers may not write the outbox.';

create trigger customers_after_redirect_mail after update of email on public.customers
  for each row when (old.email <> new.email) execute function private.customers_after_redirect_mail();

create function private.email_outbox_after_dispatch() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if exists (select from inserted) then
    perform private.call_edge_function('mail-dispatch');
  end if;
  return null;
end
$$;
comment on function private.email_outbox_after_dispatch() is
  'Trigger: new mail wakes mail-dispatch. Definer: callers may not read the vault.';

create trigger email_outbox_after_dispatch after insert on public.email_outbox
  referencing new table as inserted for each statement execute function private.email_outbox_after_dispatch();

create function private.queue_email(template text, license public.licenses, data jsonb default '{}') returns void
language sql volatile security definer set search_path = ''
as $$
  insert into public.email_outbox (template, locale, recipient, customer_id, license_id, data)
  select $1, customers.locale, license.email, customers.id, license.id, $3
  from public.customers where customers.id = license.customer_id
$$;
comment on function private.queue_email(text, public.licenses, jsonb) is
  'Queues a mail about a licence to its customer, in his language. Definer: callers may not write the outbox.';

create function private.readable_key(encrypted bytea) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return private.decrypt_secret($1, private.secret('license_key_key'));
exception when external_routine_invocation_exception or data_exception then
  -- One key that cannot be opened costs its own mail, never the batch.
  return null;
end
$$;
comment on function private.readable_key(bytea) is
  'A licence key in clear, or null when it cannot be opened. Definer: only the owner reads the vault.';

create function private.claim_emails(batch int default 20) returns table (
  id uuid, template text, locale text, recipient text, attempts int, data jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  -- The provider may have told of it meanwhile.
  update public.email_outbox set status = case when delivery is null then 'uncertain' else 'sent' end,
    sent_at = delivery_at,
    last_error = case when delivery is null then 'the worker ended between sending and settling' end
  where status = 'sending' and claimed_at < now() - interval '10 minutes';
  update public.email_outbox set status = 'suppressed', last_error = 'the address takes no mail from us'
  where status = 'pending' and exists (select from public.customers
    where customers.id = email_outbox.customer_id and customers.mail_refused is not null
      and customers.email = email_outbox.recipient);
  update public.email_outbox set status = 'failed', last_error = 'the licence was revoked or deleted before sending'
  where status = 'pending' and exists (
    select from private.email_templates where email_templates.template = email_outbox.template
      and not email_templates.outlives_license) and exists (
    select from public.licenses where licenses.id = email_outbox.license_id
      and (licenses.revoked_at is not null or licenses.deleted_at is not null));
  return query
  with due as (
    select email_outbox.id from public.email_outbox
    where status = 'pending' and next_attempt_at <= now()
    order by next_attempt_at limit least(greatest(batch, 1), 100) for update skip locked
  ), claimed as (
    update public.email_outbox set status = 'sending', claimed_at = now(), attempts = attempts + 1
    from due where email_outbox.id = due.id returning email_outbox.*
  )
  select claimed.id, claimed.template, claimed.locale, claimed.recipient, claimed.attempts,
    -- A mail about a subscription without a licence has its own data only.
    claimed.data || jsonb_strip_nulls(jsonb_build_object('time_zone', private.business_time_zone(),
      'license_key', case when claimed.template in ('license_created', 'license_key_sent', 'license_key_renewed')
        then private.readable_key(license_secrets.license_key_encrypted) end,
      'license_key_hint', licenses.license_key_hint, 'plan_name', plans.name, 'expires_at', licenses.expires_at,
      'revoked_reason', licenses.revoked_reason))
  from claimed
  left join public.licenses on licenses.id = claimed.license_id
  left join private.license_secrets on license_secrets.license_id = licenses.id
  left join public.plans on plans.code = licenses.plan;
end
$$;
comment on function private.claim_emails(int) is
  'Takes due mails for sending: no other worker gets them. A key revoked or deleted meanwhile is not sent, nor '
  'anything to an address that bounced. The key is opened here and stored nowhere. Definer: called by mail-dispatch '
  'only.';

create function private.settle_email(email_id uuid, outcome text, message_id text default null,
  error text default null, retry_after_seconds int default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  settled public.email_outbox;
begin
  update public.email_outbox set
    status = case when $2 = 'retry' and attempts >= 8 then 'failed' when $2 = 'retry' then 'pending' else $2 end,
    sent_at = case when $2 = 'sent' then now() end,
    provider_message_id = coalesce($3, provider_message_id),
    last_error = case when $2 = 'sent' then null else left($4, 500) end,
    -- 30 s, 1 min, 2 min … 1 h, and never before the provider allows.
    next_attempt_at = now() + greatest(make_interval(secs => least(3600, 30 * 2 ^ (attempts - 1))),
      make_interval(secs => coalesce($5, 0)))
  where id = $1 and status = 'sending' returning * into settled;
  if settled.status in ('failed', 'uncertain') then
    perform private.raise_alert('email_failed', 'email_failed:' || settled.id,
      jsonb_build_object('template', settled.template, 'error', left(settled.last_error, 300)),
      case when settled.license_id is not null then 'license' end, settled.license_id::text, settled.customer_id);
  end if;
end
$$;
comment on function private.settle_email(uuid, text, text, text, int) is
  'Ends an attempt: sent, failed (for good), uncertain (the provider may have it) or retry (8 attempts, then failed). '
  'What did not leave is alerted. Definer: called by mail-dispatch only.';

select private.schedule_job('mail-dispatch', '* * * * *',
  $job$ select private.call_edge_function('mail-dispatch')
        where exists (select from public.email_outbox where status = 'pending' and next_attempt_at <= now()) $job$);
