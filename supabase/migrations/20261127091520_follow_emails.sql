-- What became of mails: the provider's events, brought by the Edge Function mail-events, and what staff see of it. An
-- address that takes no mail, or called ours spam, is told of once and not written to again until somebody edits it.

insert into private.alert_kinds (kind, severity, permission) values
  ('email_bounced', 'warning', 'customers.read'), ('email_complained', 'warning', 'customers.read');

create function private.apply_email_event(event jsonb) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ranks constant text[] := array['deferred', 'delivered', 'blocked', 'dropped', 'bounced', 'complained'];
  told text := event ->> 'delivery';
  happened_at timestamptz := (event ->> 'at')::timestamptz;
  refusal text := event ->> 'refuses';
  mail public.email_outbox;
begin
  select * into mail from public.email_outbox where id = (event ->> 'email_id')::uuid;
  if mail.id is null then
    -- A bounce that comes late may have lost what we sent along; a mail has one recipient.
    select * into mail from public.email_outbox where provider_message_id = event ->> 'message_id'
    order by created_at desc limit 1;
  end if;
  if mail.id is null then
    return 'unknown';
  end if;
  insert into private.email_events (event_id) values (event ->> 'event_id') on conflict (event_id) do nothing;
  if not found then
    return 'duplicate';
  end if;
  -- Customers before mails, as an edited address goes.
  perform from public.customers where id = mail.customer_id and refusal is not null for update;
  -- Whatever we believe of it: the provider has it, so it is never sent again.
  update public.email_outbox set status = 'sent', sent_at = happened_at, last_error = null
  where id = mail.id and status in ('pending', 'failed', 'uncertain');
  update public.email_outbox set delivery = told, delivery_reason = left(nullif(btrim(event ->> 'reason'), ''), 500),
    delivery_at = happened_at
  where id = mail.id and told = any (ranks)
    and (delivery is null or array_position(ranks, told) > array_position(ranks, delivery)
      or (told = delivery and happened_at > delivery_at));
  if refusal is not null then
    perform private.set_audit_context('customer_mail_refused');
    update public.customers set mail_refused = refusal, mail_refused_at = happened_at,
      mail_refused_reason = left(nullif(btrim(event ->> 'reason'), ''), 500)
    where id = mail.customer_id and email = mail.recipient and mail_refused is null and anonymized_at is null;
    if found then
      perform private.raise_alert('email_' || refusal, format('email_%s:%s', refusal, mail.id),
        jsonb_build_object('template', mail.template), 'customer', mail.customer_id::text, mail.customer_id);
    end if;
    perform private.set_audit_context(null);
  end if;
  return 'applied';
end
$$;
comment on function private.apply_email_event(jsonb) is
  'One event of the mail provider, in our words: {event_id, email_id, message_id, delivery (accepted, deferred, '
  'delivered, blocked, dropped, bounced or complained), refuses (bounced, complained or null), reason, at}. → applied, '
  'duplicate, or unknown when no mail is meant. Definer: writes the outbox and customers.';

create function private.apply_email_events(events jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  event jsonb;
  outcome text;
  counts jsonb := '{"applied": 0, "duplicate": 0, "unknown": 0, "failed": 0}';
begin
  -- One order for everybody, so that two batches never wait for each other in a circle.
  for event in select value from jsonb_array_elements(events) order by value ->> 'email_id', value ->> 'event_id' loop
    begin
      outcome := private.apply_email_event(event);
    exception when others then
      raise warning 'mail event % failed: %', event ->> 'event_id', sqlerrm;
      outcome := 'failed';
    end;
    counts := jsonb_set(counts, array[outcome], to_jsonb((counts ->> outcome)::int + 1));
  end loop;
  return counts;
end
$$;
comment on function private.apply_email_events(jsonb) is
  'Many events of the mail provider; one that fails stops none. → how many were {applied, duplicate, unknown, failed}. '
  'Definer: called by mail-events only.';

create function private.forget_email_events() returns int
language sql volatile security definer set search_path = ''
as $$
  with gone as (delete from private.email_events where received_at < now() - interval '30 days' returning 1)
  select count(*)::int from gone
$$;
comment on function private.forget_email_events() is
  'Lets go of events too old to come again: the provider tries for a day. Definer: the table is private.';

select private.schedule_job('forget-email-events', '50 2 * * *', 'select private.forget_email_events()');

create function private.mask_email(email text) returns text
language sql immutable set search_path = ''
as $$ select regexp_replace($1, '^(.)[^@]*@', '\1…@') $$;
comment on function private.mask_email(text) is
  'An address for who may not see it: its first character and its domain.';

create function private.email_row(mail public.email_outbox, in_clear boolean) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('id', mail.id, 'template', mail.template, 'locale', mail.locale,
    'state', case when mail.status in ('pending', 'sending') then 'queued'
      when mail.status = 'sent' then coalesce(mail.delivery, 'sent') else mail.status end,
    'at', coalesce(mail.delivery_at, mail.sent_at, mail.created_at),
    -- Other servers quote the address.
    'reason', case when in_clear then coalesce(mail.delivery_reason, mail.last_error) end,
    'recipient', case when exists (select from public.customers
        where customers.id = mail.customer_id and anonymized_at is not null) then null
      when in_clear then mail.recipient else private.mask_email(mail.recipient) end,
    'created_at', mail.created_at, 'license_id', mail.license_id,
    'license_key_hint', (select licenses.license_key_hint from public.licenses where licenses.id = mail.license_id))
$$;
comment on function private.email_row(public.email_outbox, boolean) is
  'A mail as lists show it; state: queued, sent (given to the provider, no more is known), what the provider told '
  'since, failed, uncertain or suppressed. Never granted. Definer: reads behind the policies.';

create function private.list_emails(customer_id uuid, license_id uuid, before timestamptz, before_id uuid,
  page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  in_clear boolean := private.is_system_caller() or private.has_permission('emails.read');
  rows jsonb;
begin
  perform private.require_permission('customers.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  elsif num_nonnulls(customer_id, license_id) <> 1 then
    perform private.fail('invalid_argument', 'Mails are listed of one customer or of one licence');
  end if;
  select coalesce(jsonb_agg(private.email_row(row(matches.*)::public.email_outbox, in_clear)
    order by matches.created_at desc, matches.id desc), '[]') into rows
  from (select email_outbox.* from public.email_outbox
    where case when $1 is not null then email_outbox.customer_id = $1 else email_outbox.license_id = $2 end
      and ($3 is null or (email_outbox.created_at, email_outbox.id)
        < ($3, coalesce($4, '00000000-0000-0000-0000-000000000000')))
    order by email_outbox.created_at desc, email_outbox.id desc limit page_size + 1) as matches;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function private.list_emails(uuid, uuid, timestamptz, uuid, int) is
  'Does the work of public.list_emails. Definer: whoever reads customers sees that mails went, without their '
  'addresses.';
grant execute on function private.list_emails(uuid, uuid, timestamptz, uuid, int) to authenticated, service_role;

create function public.list_emails(customer_id uuid default null, license_id uuid default null,
  before timestamptz default null, before_id uuid default null, page_size int default 50) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_emails($1, $2, $3, $4, $5) $$;
comment on function public.list_emails(uuid, uuid, timestamptz, uuid, int) is
  'What was mailed to one customer or about one licence, newest first, after the place of the last one seen. → {rows: '
  '[{id, template, locale, state, at, reason, recipient, created_at, license_id, license_key_hint}], has_more}. Needs '
  'customers.read; recipient is masked and reason null without emails.read. Errors: permission_denied, '
  'invalid_argument.';
revoke execute on function public.list_emails(uuid, uuid, timestamptz, uuid, int)
  from public, anon, authenticated, service_role;
grant execute on function public.list_emails(uuid, uuid, timestamptz, uuid, int) to authenticated, service_role;
