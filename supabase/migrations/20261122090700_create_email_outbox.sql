-- Mail leaves with the change that causes it: a row here, in the same transaction. The
-- Edge Function mail-dispatch claims rows, sends them and settles them. A row whose worker
-- died between sending and settling is marked uncertain and never sent again by itself.

create table public.email_outbox (
  id uuid primary key default gen_random_uuid(),
  template text not null,
  locale text not null,
  recipient text not null,
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
  constraint template_is_known check (template in ('license_created', 'license_revoked')),
  constraint locale_is_known check (locale in ('fr', 'en')),
  constraint status_is_known check (status in ('pending', 'sending', 'sent', 'failed', 'uncertain')),
  constraint sent_at_comes_with_sent check ((status = 'sent') = (sent_at is not null)),
  constraint claimed_at_comes_with_sending check (status <> 'sending' or claimed_at is not null),
  constraint attempts_is_not_negative check (attempts >= 0)
);
comment on table public.email_outbox is 'Mail to customers, written with the change that causes it; sent by mail-dispatch.';
create index email_outbox_due_idx on public.email_outbox (next_attempt_at) where status = 'pending';
create index email_outbox_claimed_idx on public.email_outbox (claimed_at) where status = 'sending';
create index email_outbox_license_id_idx on public.email_outbox (license_id);

alter table public.email_outbox enable row level security;
grant select on public.email_outbox to authenticated;
grant select on public.email_outbox to service_role;
create policy email_outbox_select_staff on public.email_outbox for select to authenticated
  using ((select private.has_permission('emails.read')));
comment on policy email_outbox_select_staff on public.email_outbox is 'Administrators see what was mailed.';

create function private.call_edge_function(name text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  base_url text := private.secret('project_url');
  cron_secret text := private.secret('cron_secret');
begin
  if base_url is null or cron_secret is null or to_regprocedure('net.http_post(text,jsonb,jsonb,jsonb,integer)') is null then
    raise warning 'edge function % not called: vault secrets project_url and cron_secret, and pg_net, are needed', name;
    return;
  end if;
  perform net.http_post(
    url := base_url || '/functions/v1/' || name,
    headers := jsonb_build_object('content-type', 'application/json', 'x-cron-secret', cron_secret),
    body := '{}'::jsonb,
    timeout_milliseconds := 60000);
end
$$;
comment on function private.call_edge_function(text) is
  'Calls an Edge Function after commit, with the cron secret from the vault. Definer: reads the vault.';
revoke execute on function private.call_edge_function(text) from public;

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
