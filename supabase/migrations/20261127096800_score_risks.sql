-- Who may leave, seven days before: flags decide, weights only sort. A licence that is flagged begins an episode, which
-- ends when no flag is left or the licence has; how it ended says how well the list foresaw it.

insert into private.alert_kinds (kind, severity, permission) values ('licenses_at_risk', 'warning', 'customers.read');
insert into private.error_codes (code, status) values ('risk_not_found', 404);

insert into public.settings (key, value, minimum, maximum, description) values
  ('risk_weight_expiring', '40', 0, 100, 'Weight of a licence that ends within 7 days and is not renewed by itself'),
  ('risk_weight_payment_failed', '30', 0, 100, 'Weight of a subscription whose last payment failed'),
  ('risk_weight_silent', '20', 0, 100, 'Weight of a licence in force that has not checked in for 7 days'),
  ('risk_weight_errors', '10', 0, 100, 'Weight of errors above three times the licence''s own mean of 30 days');

create table public.license_risks (
  id uuid primary key default gen_random_uuid(),
  license_id uuid not null references public.licenses (id) on delete restrict,
  customer_id uuid not null references public.customers (id) on delete restrict,
  reasons text[] not null,
  score int not null,
  facts jsonb not null default '{}',
  began_at timestamptz not null default now(),
  scored_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome text,
  spoken_at timestamptz,
  spoken_by uuid references public.staff (user_id) on delete restrict,
  note text,
  constraint reasons_are_known check (reasons <@ array['expiring', 'payment_failed', 'silent', 'errors']
    and cardinality(reasons) > 0),
  constraint score_is_of_a_hundred check (score between 0 and 100),
  constraint outcome_is_known check (outcome in ('kept', 'left')),
  constraint ended_has_its_outcome check ((ended_at is null) = (outcome is null)),
  constraint spoken_has_its_person check ((spoken_at is null) = (spoken_by is null)),
  constraint note_is_short check (length(note) between 1 and 500)
);
comment on table public.license_risks is
  'Episodes in which a licence was at risk, scored each day. One at a time is open for each licence.';
comment on column public.license_risks.reasons is
  'Flags at the last scoring, gravest first: expiring (within 7 days, not renewed by itself), payment_failed, silent '
  '(no check-in for 7 days), errors (above three times its own mean of 30 days)';
comment on column public.license_risks.score is 'Sum of the weights of its reasons, 100 at most';
comment on column public.license_risks.facts is
  'What the reasons were found by: {expires_at, last_check_in, payment_failed_at, errors, mean_errors}';
comment on column public.license_risks.outcome is 'kept: no flag was left; left: it ended, or stopped paying';
comment on column public.license_risks.spoken_at is 'When somebody spoke to the customer';
comment on column public.license_risks.note is 'What was said, 500 characters at most';

create unique index license_risks_one_open_idx on public.license_risks (license_id) where ended_at is null;
create index license_risks_license_id_idx on public.license_risks (license_id);
create index license_risks_customer_id_idx on public.license_risks (customer_id);
create index license_risks_spoken_by_idx on public.license_risks (spoken_by);
create index license_risks_open_score_idx on public.license_risks (score desc, id) where ended_at is null;
create index license_risks_began_at_idx on public.license_risks (began_at);

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('license_risks', 'note', 'free_text', 'legitimate_interest', 'clear', null);

alter table public.license_risks enable row level security;
revoke all on public.license_risks from anon, authenticated, service_role;
grant select on public.license_risks to authenticated, service_role;

create policy license_risks_select_staff on public.license_risks for select to authenticated
  using ((select private.has_permission('customers.read')));
comment on policy license_risks_select_staff on public.license_risks is 'Who reads customers reads who may leave.';

create function private.find_risks() returns table (license_id uuid, customer_id uuid, reasons text[], score int,
  facts jsonb)
language plpgsql stable security definer set search_path = ''
as $$
declare
  today constant date := private.business_day(now());
begin
  return query
  with held as materialized (
    select licenses.id, licenses.customer_id, licenses.expires_at, licenses.last_check_in, licenses.issued_at,
      subscriptions.payment_failed_at, subscriptions.id is not null and subscriptions.status in ('active', 'past_due',
        'trialing') and not subscriptions.cancel_at_period_end and subscriptions.cancel_at is null
        and subscriptions.payment_failed_at is null as renews
    from public.licenses
    left join public.subscriptions on subscriptions.license_id = licenses.id
      and subscriptions.status not in ('canceled', 'incomplete_expired')
    where licenses.deleted_at is null and licenses.revoked_at is null and licenses.grace_until > now()
      and licenses.suspended_at is null
  ), errors as (
    select stats.license_id, sum(stats.errors_count) filter (where stats.date = latest.day) as errors,
      avg(stats.errors_count) filter (where stats.date < latest.day) as mean
    from public.usage_stats as stats
    join held on held.id = stats.license_id
    cross join lateral (select max(date) as day from public.usage_stats as last
      where last.license_id = stats.license_id and last.date >= today - 2) as latest
    where stats.date >= latest.day - 30 and stats.date <= latest.day group by stats.license_id
  ), flagged as (
    select held.*, errors.errors, errors.mean, held.expires_at <= now() + interval '7 days' and not held.renews
        as is_expiring,
      held.payment_failed_at is not null as has_failed,
      coalesce(held.last_check_in, held.issued_at) < now() - interval '7 days' as is_silent,
      -- Three of nothing are a few: fewer than five errors a day are nobody's trouble.
      coalesce(errors.errors >= 5 and errors.errors > 3 * errors.mean, false) as has_errors
    from held left join errors on errors.license_id = held.id
  ), weights as (
    select private.setting_int('risk_weight_expiring') as expiring,
      private.setting_int('risk_weight_payment_failed') as payment_failed,
      private.setting_int('risk_weight_silent') as silent, private.setting_int('risk_weight_errors') as errors
  )
  select flagged.id, flagged.customer_id, array_remove(array[case when is_expiring then 'expiring' end,
      case when has_failed then 'payment_failed' end, case when is_silent then 'silent' end,
      case when has_errors then 'errors' end], null),
    least(100, case when is_expiring then weights.expiring else 0 end
      + case when has_failed then weights.payment_failed else 0 end
      + case when is_silent then weights.silent else 0 end + case when has_errors then weights.errors else 0 end),
    jsonb_strip_nulls(jsonb_build_object('expires_at', case when is_expiring then flagged.expires_at end,
      'payment_failed_at', flagged.payment_failed_at,
      'last_check_in', case when is_silent then flagged.last_check_in end,
      'errors', case when has_errors then flagged.errors end,
      'mean_errors', case when has_errors then round(flagged.mean, 1) end))
  from flagged, weights where is_expiring or has_failed or is_silent or has_errors;
end
$$;
comment on function private.find_risks() is
  'Licences with a flag now, with their reasons, score and what each was found by. Definer: reads behind the policies.';

create function private.score_risks() returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  fresh int;
begin
  -- Two at once would both begin the same episodes.
  perform pg_advisory_xact_lock(hashtextextended('private.score_risks', 0));
  with found as materialized (
    select distinct on (risks.license_id) risks.* from private.find_risks() as risks
    order by risks.license_id, risks.score desc
  ), scored as (
    update public.license_risks as held set reasons = found.reasons, score = found.score, facts = found.facts,
      scored_at = now()
    from found where held.license_id = found.license_id and held.ended_at is null
  ), ended as (
    update public.license_risks as held set ended_at = now(), scored_at = now(),
      outcome = case when licenses.revoked_at is not null or licenses.deleted_at is not null
        or licenses.grace_until <= now() then 'left' else 'kept' end
    from public.licenses
    where licenses.id = held.license_id and held.ended_at is null
      and not exists (select from found where found.license_id = held.license_id)
  ), begun as (
    insert into public.license_risks (license_id, customer_id, reasons, score, facts)
    select found.license_id, found.customer_id, found.reasons, found.score, found.facts from found
    where not exists (select from public.license_risks as held
      where held.license_id = found.license_id and held.ended_at is null)
    returning 1
  )
  select count(*) into fresh from begun;
  if fresh > 0 then
    perform private.raise_alert('licenses_at_risk',
      'licenses_at_risk:' || to_char(private.business_day(now()), 'YYYY-MM-DD'), jsonb_build_object('count', fresh));
  end if;
  return fresh;
end
$$;
comment on function private.score_risks() is
  'Scores every licence, each day: begins episodes, ends those without a flag, alerts once a day of how many are new. '
  '→ how many began. Definer: nobody writes risks directly.';

select private.schedule_job('score-risks', '15 5 * * *', 'select private.score_risks()');
