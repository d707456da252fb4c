-- Mail leaves with the change that causes it: a row here, in the same transaction. The Edge Function mail-dispatch
-- claims rows, sends them and settles them. A row whose worker died between sending and settling is marked uncertain
-- and never sent again by itself.

create table private.email_templates (
  template text primary key,
  description text not null,
  constraint template_is_snake_case check (template ~ '^[a-z][a-z_]{2,63}$')
);
comment on table private.email_templates is
  'Mails this product sends; their words live beside the function that sends them, one file each.';
comment on column private.email_templates.template is 'Name of the file with its words';
comment on column private.email_templates.description is 'What tells whom of what';

insert into private.email_templates (template, description) values
  ('license_created', 'A new licence with its key'),
  ('license_revoked', 'The end of a licence'),
  ('license_suspended', 'A licence halted until further notice'),
  ('license_reinstated', 'The end of a suspension'),
  ('account_changed', 'What was changed of a colleague''s account, to that colleague'),
  ('payment_failed', 'A refused payment, with the invoice to pay'),
  ('subscription_ending', 'A subscription that ends soon and will not renew by itself');

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
  constraint locale_is_known check (locale in ('fr', 'en')),
  constraint status_is_known check (status in ('pending', 'sending', 'sent', 'failed', 'uncertain')),
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
comment on column public.email_outbox.last_error is 'Why the last attempt failed, 500 characters at most';

create index email_outbox_due_idx on public.email_outbox (next_attempt_at) where status = 'pending';
create index email_outbox_claimed_idx on public.email_outbox (claimed_at) where status = 'sending';
create index email_outbox_payment_failed_idx on public.email_outbox (license_id, (data ->> 'stripe_invoice_id'))
  where template = 'payment_failed';
create index email_outbox_license_id_idx on public.email_outbox (license_id);

create index email_outbox_customer_id_idx on public.email_outbox (customer_id);
create index email_outbox_template_idx on public.email_outbox (template);

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('email_outbox', 'recipient', 'email', 'contract', 'replace', 'forgotten-<id>@anonymous.invalid'),
  ('email_outbox', 'data', 'free_text', 'contract', 'clear', null);

alter table private.email_templates enable row level security;
alter table public.email_outbox enable row level security;
revoke all on public.email_outbox from anon, authenticated, service_role;
grant select on public.email_outbox to authenticated;
grant select on public.email_outbox to service_role;

create policy email_outbox_select_staff on public.email_outbox for select to authenticated
  using ((select private.has_permission('emails.read')));
comment on policy email_outbox_select_staff on public.email_outbox is 'Administrators see what was mailed.';

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
  update public.email_outbox set status = 'uncertain', last_error = 'the worker ended between sending and settling'
  where status = 'sending' and claimed_at < now() - interval '10 minutes';
  update public.email_outbox set status = 'failed', last_error = 'the licence was revoked or deleted before sending'
  where status = 'pending' and template in ('license_created', 'payment_failed', 'subscription_ending') and exists (
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
      'license_key', case when claimed.template = 'license_created'
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
  'Takes due mails for sending: no other worker gets them. A key revoked or deleted meanwhile is not sent. The key is '
  'opened here and stored nowhere. Definer: called by mail-dispatch only.';

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
