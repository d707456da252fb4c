-- What the product tells of itself: how much it was used, which features, and its lines of the log. Any known key with
-- its machine reports, expired ones too.

insert into private.error_codes (code, status) values ('hwid_mismatch', 403);

create table public.usage_stats (
  id uuid primary key default gen_random_uuid(),
  license_id uuid not null references public.licenses (id) on delete restrict,
  date date not null,
  messages_sent int not null default 0,
  ai_queries int not null default 0,
  campaigns_launched int not null default 0,
  errors_count int not null default 0,
  uptime_minutes int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint usage_stats_license_id_date_key unique (license_id, date),
  constraint counts_are_not_negative check (least(messages_sent, ai_queries, campaigns_launched, errors_count) >= 0),
  constraint uptime_fits_a_day check (uptime_minutes between 0 and 1500)
);
comment on table public.usage_stats is 'Use of the product by licence and day, as the client counts it.';
comment on column public.usage_stats.date is 'Day in the client''s own zone';
comment on column public.usage_stats.messages_sent is 'WhatsApp messages sent that day';
comment on column public.usage_stats.ai_queries is 'Questions to Mistral AI that day';
comment on column public.usage_stats.campaigns_launched is 'Campaigns launched that day';
comment on column public.usage_stats.errors_count is 'Errors the client counted that day';
comment on column public.usage_stats.uptime_minutes is 'Minutes the product ran that day; a day can have 25 hours';

create index usage_stats_date_idx on public.usage_stats (date);

create table public.feature_usage (
  license_id uuid not null references public.licenses (id) on delete restrict,
  date date not null,
  feature text not null,
  uses int not null default 0,
  primary key (license_id, date, feature),
  constraint feature_is_one_short_line check (feature ~ '^[^\s[:cntrl:]]([^[:cntrl:]]{0,62}[^\s[:cntrl:]])?$'),
  constraint uses_is_not_negative check (uses >= 0)
);
comment on table public.feature_usage is 'How often each feature was used, by licence and day of the report.';
comment on column public.feature_usage.date is 'Day of the report in the business''s zone';
comment on column public.feature_usage.feature is 'Key the product gives it: catalogue, campaigns …';
comment on column public.feature_usage.uses is 'Sum of what the reports of the day said';

create index feature_usage_feature_date_idx on public.feature_usage (feature, date);

create trigger usage_stats_touch before update on public.usage_stats
  for each row execute function private.touch_updated_at();

alter table public.usage_stats enable row level security;
alter table public.feature_usage enable row level security;
revoke all on public.usage_stats, public.feature_usage from anon, authenticated, service_role;
grant select on public.usage_stats, public.feature_usage to authenticated, service_role;

create policy usage_stats_select_staff on public.usage_stats for select to authenticated
  using ((select private.has_permission('licenses.read')));
comment on policy usage_stats_select_staff on public.usage_stats is 'Who reads licences reads how they are used.';
create policy feature_usage_select_staff on public.feature_usage for select to authenticated
  using ((select private.has_permission('licenses.read')));
comment on policy feature_usage_select_staff on public.feature_usage is 'Who reads licences reads how they are used.';

create function private.add_usage(license_id uuid, usage jsonb, features jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Counters of a day only grow: a report that was late takes nothing back.
  insert into public.usage_stats as known (license_id, date, messages_sent, ai_queries, campaigns_launched,
    errors_count, uptime_minutes)
  select $1, day.date, max(coalesce(day.messages_sent, 0)), max(coalesce(day.ai_queries, 0)),
    max(coalesce(day.campaigns_launched, 0)), max(coalesce(day.errors_count, 0)), max(coalesce(day.uptime_minutes, 0))
  from jsonb_to_recordset(usage) as day (date date, messages_sent int, ai_queries int, campaigns_launched int,
    errors_count int, uptime_minutes int)
  group by day.date order by day.date
  on conflict on constraint usage_stats_license_id_date_key do update set
    messages_sent = greatest(known.messages_sent, excluded.messages_sent),
    ai_queries = greatest(known.ai_queries, excluded.ai_queries),
    campaigns_launched = greatest(known.campaigns_launched, excluded.campaigns_launched),
    errors_count = greatest(known.errors_count, excluded.errors_count),
    uptime_minutes = greatest(known.uptime_minutes, excluded.uptime_minutes);
  insert into public.feature_usage as known (license_id, date, feature, uses)
  select $1, private.business_day(now()), feature.key, feature.value::int
  from jsonb_each_text(features) as feature order by feature.key
  on conflict on constraint feature_usage_pkey do update
    set uses = least(2147483647, known.uses::bigint + excluded.uses)::int;
end
$$;
comment on function private.add_usage(uuid, jsonb, jsonb) is
  'Use of a licence: [{date, messages_sent, ai_queries, campaigns_launched, errors_count, uptime_minutes}], each the '
  'count of its day so far, and {feature: uses since the last report}. Definer: nobody writes usage directly.';

create function private.receive_client_report(license_key text, hwid text, idempotency_key text, usage jsonb,
  features jsonb, lines jsonb, answer jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known record;
  owner text;
  said jsonb;
  batch private.log_batches;
begin
  select * into known from private.client_license($1, $2);
  if known.is_other_machine then
    perform private.fail('hwid_mismatch', 'The licence belongs to another machine');
  end if;
  owner := 'license:' || (known.license).id;
  select log_batches.answer into said from private.log_batches
  where log_batches.sender = owner and log_batches.idempotency_key = $3;
  if said is null then
    if jsonb_array_length(lines) > 0 then
      perform private.require_log_room();
    end if;
    batch := private.add_log_lines(owner, $3, lines, (known.license).id, (known.license).client_version);
    perform private.add_usage((known.license).id, usage, features);
    update private.log_batches set answer = $7 where id = batch.id;
    said := $7;
  end if;
  return said;
exception when unique_violation then
  -- The same report came twice at once: the other one has kept it.
  return (select log_batches.answer from private.log_batches
    where log_batches.sender = owner and log_batches.idempotency_key = $3);
end
$$;
comment on function private.receive_client_report(text, text, text, jsonb, jsonb, jsonb, jsonb) is
  'A report of the product, as client-report made it; answer is what it is told, and told again when the key comes '
  'again. Errors: license_not_found (404), hwid_mismatch (403), log_lag (503). Definer: called by client-report only.';

create function private.serve_client_report(ip text, license_key text, hwid text, idempotency_key text, usage jsonb,
  features jsonb, lines jsonb, answer jsonb, out allowed boolean, out retry_after_seconds int, out code text,
  out message text, out result jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  select admitted.allowed, admitted.retry_after_seconds into allowed, retry_after_seconds
  from private.admit_client_report($1, $2) as admitted;
  if not allowed then
    return;
  end if;
  -- A refusal undoes what it refuses, not the count.
  begin
    result := private.receive_client_report($2, $3, $4, $5, $6, $7, $8);
  exception when others then
    get stacked diagnostics code = pg_exception_hint, message = message_text;
    if not exists (select from private.error_codes where error_codes.code = serve_client_report.code) then
      raise;
    end if;
  end;
end
$$;
comment on function private.serve_client_report(text, text, text, text, jsonb, jsonb, jsonb, jsonb) is
  'A report of the product in one round trip: admission, then the answer of private.receive_client_report, or the code '
  'of its refusal. Definer: called by client-report only.';

create function private.admit_client_report(ip text, license_key text, out allowed boolean,
  out retry_after_seconds int)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  per_minute int := private.setting_int('client_report_per_minute');
begin
  select * into allowed, retry_after_seconds from private.hit_rate_limit(
    'client_report:ip:' || private.rate_limit_address(left(ip, 64)), per_minute, 60);
  if allowed and license_key is not null then
    select hit.allowed, hit.retry_after_seconds into allowed, retry_after_seconds from private.hit_rate_limit(
      'client_report:key:' || encode(private.license_key_hash(license_key), 'base64'), per_minute, 60) as hit;
  end if;
end
$$;
comment on function private.admit_client_report(text, text) is
  'Counts a report against its address (IPv6: its /64) and, if given, its licence: client_report_per_minute each. '
  'Definer: called by client-report only.';
