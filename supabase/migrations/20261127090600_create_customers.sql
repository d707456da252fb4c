-- Whom we sell to, found by any part of e-mail, name or company, with or without accents, through one index; by a
-- former address too, since letters and people keep using it.

insert into private.error_codes (code, status) values ('customer_not_found', 404), ('customer_in_use', 409),
  ('customer_forgotten', 409);

insert into private.role_permissions (role, permission) values ('admin', 'customers.forget');

create table public.customers (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  name text,
  company text,
  locale text not null default 'fr',
  stripe_customer_id text,
  consent_at timestamptz,
  anonymized_at timestamptz,
  mail_refused text,
  mail_refused_at timestamptz,
  mail_refused_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  search_text text not null generated always as
    (private.search_form(email || ' ' || coalesce(name, '') || ' ' || coalesce(company, ''))) stored,
  constraint customers_email_key unique (email),
  constraint customers_stripe_customer_id_key unique (stripe_customer_id),
  constraint customers_id_email_key unique (id, email),
  constraint email_is_an_address check (email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' and length(email) <= 254),
  constraint email_is_lower_case check (email = lower(email)),
  constraint name_is_short check (length(name) <= 200),
  constraint company_is_short check (length(company) <= 200),
  constraint locale_is_known check (locale in ('fr', 'en')),
  constraint mail_refused_is_known check (mail_refused in ('bounced', 'complained')),
  constraint mail_refused_has_its_time check ((mail_refused is null) = (mail_refused_at is null)),
  constraint mail_refused_reason_is_short check (length(mail_refused_reason) <= 500)
);
comment on table public.customers is 'One row per customer e-mail.';
comment on column public.customers.stripe_customer_id is
  'cus_… of the Stripe customer that counts; private.stripe_customers has them all';
comment on column public.customers.consent_at is 'When the customer agreed to the processing of his data';
comment on column public.customers.email is
  'Lower case; follows Stripe''s until staff write another, and licences follow it';
comment on column public.customers.mail_refused is
  'Why the address is not written to: bounced (it takes no mail) or complained (called spam); null: it is';
comment on column public.customers.mail_refused_at is
  'When the provider told so; an address that is edited starts anew';
comment on column public.customers.mail_refused_reason is 'What the other side said, 500 characters at most';
comment on column public.customers.name is 'Name of the person, 200 characters at most';
comment on column public.customers.company is 'Name of the company, 200 characters at most';
comment on column public.customers.anonymized_at is 'When the person was forgotten; what remains names nobody';
comment on column public.customers.search_text is
  'E-mail, name and company as searches compare them; begins with the e-mail';

create index customers_email_trgm_idx on public.customers using gin (email extensions.gin_trgm_ops);
create index customers_created_at_idx on public.customers (created_at, id);
create index customers_search_text_trgm_idx on public.customers using gin (search_text extensions.gin_trgm_ops);

create trigger customers_before_touch before update on public.customers
  for each row execute function private.touch_updated_at();
create trigger customers_after_audit after update on public.customers
  for each row execute function private.audit_after_row('customer', 'id', 'id');

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('customers', 'email', 'email', 'contract', 'replace', 'forgotten-<id>@anonymous.invalid'),
  ('customers', 'name', 'name', 'contract', 'clear', null),
  ('customers', 'company', 'name', 'contract', 'clear', null),
  ('customers', 'mail_refused_reason', 'free_text', 'contract', 'clear', null),
  ('customers', 'search_text', 'email', 'contract', 'replace', 'follows e-mail, name and company'),
  ('former_emails', 'email', 'email', 'contract', 'clear', null);

alter table private.subject_keys add constraint subject_keys_customer_id_fkey
  foreign key (customer_id) references public.customers (id) on delete restrict;
alter table public.events add constraint events_customer_id_fkey
  foreign key (customer_id) references public.customers (id) on delete restrict;

create table private.former_emails (
  customer_id uuid not null references public.customers (id) on delete cascade,
  email text not null,
  changed_at timestamptz not null default now(),
  primary key (customer_id, email)
);
comment on table private.former_emails is 'Addresses customers had before, so that they are found by them.';
comment on column private.former_emails.email is 'Lower case, as it was';

create index former_emails_email_trgm_idx on private.former_emails using gin (email extensions.gin_trgm_ops);

alter table private.former_emails enable row level security;

create function private.customers_after_keep_email() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.former_emails (customer_id, email) values (new.id, old.email)
  on conflict (customer_id, email) do update set changed_at = now();
  delete from private.former_emails where customer_id = new.id and email = new.email;
  return null;
end
$$;
comment on function private.customers_after_keep_email() is
  'Trigger: an address that was given up still finds its customer. Definer: the table is private.';

create trigger customers_after_keep_email after update of email on public.customers
  for each row when (old.email <> new.email and new.anonymized_at is null)
  execute function private.customers_after_keep_email();

create function private.customers_before_trust_email() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.mail_refused := null;
  new.mail_refused_at := null;
  new.mail_refused_reason := null;
  return new;
end
$$;
comment on function private.customers_before_trust_email() is
  'Trigger: what was refused was the address, not the customer.';

create trigger customers_before_trust_email before update of email on public.customers
  for each row when (old.email <> new.email) execute function private.customers_before_trust_email();

alter table public.customers enable row level security;
revoke all on public.customers from anon, authenticated, service_role;
grant select on public.customers to authenticated;
grant select, insert, update on public.customers to service_role;

create policy customers_select_staff on public.customers for select to authenticated
  using ((select private.has_permission('customers.read')));
comment on policy customers_select_staff on public.customers is 'Staff who may read customers read them all.';

create function private.is_email(value text) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  return length($1) <= 254
    and $1 ~ ('^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}'
      '@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$')
    and $1 !~ '\.\.' and $1 !~ '^\.|\.@'
    and $1 !~* '@anonymous\.invalid$';
end
$$;
comment on function private.is_email(text) is
  'Whether the text is an e-mail address as HTML forms accept it, with a dot in the domain, and not that of somebody '
  'forgotten.';

create function private.ensure_customer(email text, locale text default null) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  customer_id uuid;
begin
  insert into public.customers (email, locale) values ($1, coalesce($2, 'fr'))
  on conflict on constraint customers_email_key do nothing returning id into customer_id;
  if customer_id is null then
    select id into customer_id from public.customers where customers.email = $1;
  end if;
  return customer_id;
end
$$;
comment on function private.ensure_customer(text, text) is
  'The customer of that e-mail, made if new, then in that language (fr unless told); who is known keeps his own. '
  'Definer: callers may not insert customers.';
