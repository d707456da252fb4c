-- The list of who may leave, what was done about it, and how well it foresaw who left.

insert into private.export_subjects (subject, permission, filters) values ('risks', 'customers.export', '{reason}');

create function private.risk_row(risk public.license_risks) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select jsonb_build_object('id', risk.id, 'license_id', risk.license_id, 'reasons', risk.reasons,
      'score', risk.score, 'facts', risk.facts, 'began_at', risk.began_at, 'spoken_at', risk.spoken_at,
      'spoken_by', risk.spoken_by, 'note', risk.note,
      'customer', private.metric_person(risk.customer_id), 'plan', licenses.plan, 'expires_at', licenses.expires_at,
      'mrr_cents', licenses.mrr_cents, 'currency', licenses.currency, 'subscription_id', (
        select subscriptions.id from public.subscriptions where subscriptions.license_id = licenses.id
          and subscriptions.status not in ('canceled', 'incomplete_expired') limit 1),
      'open_ticket', (select tickets.number from public.support_tickets as tickets
        where tickets.customer_id = risk.customer_id and tickets.merged_into is null
          and tickets.status in ('open', 'in_progress', 'waiting') order by tickets.number desc limit 1))
    from public.licenses where licenses.id = risk.license_id);
end
$$;
comment on function private.risk_row(public.license_risks) is
  'An episode as the list shows it. Never granted. Definer: reads behind the policies.';

create function private.list_risks(reason text, page int, page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('customers.read');
  perform private.require_page(page, page_size, null);
  if reason not in ('expiring', 'payment_failed', 'silent', 'errors') then
    perform private.fail('invalid_argument', 'reason is expiring, payment_failed, silent or errors');
  end if;
  return jsonb_build_object(
    'total', (select count(*) from public.license_risks as held
      where held.ended_at is null and ($1 is null or held.reasons @> array[$1])),
    'scored_at', (select max(held.scored_at) from public.license_risks as held),
    'rows', (select coalesce(jsonb_agg(private.risk_row(row(listed.*)::public.license_risks)
        order by listed.score desc, listed.id), '[]')
      from (select * from public.license_risks as held
        where held.ended_at is null and ($1 is null or held.reasons @> array[$1])
        order by held.score desc, held.id limit page_size offset (page - 1)::bigint * page_size) as listed));
end
$$;
comment on function private.list_risks(text, int, int) is
  'Does the work of public.list_risks. Definer: reads behind the policies.';
grant execute on function private.list_risks(text, int, int) to authenticated, service_role;

create function public.list_risks(reason text default null, page int default 1, page_size int default 25) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_risks($1, $2, $3) $$;
comment on function public.list_risks(text, int, int) is
  'Licences at risk now, highest score first; reason keeps those with that flag. → {total, scored_at, rows: [{id, '
  'license_id, customer {id, email, name}, plan, mrr_cents, currency, expires_at, reasons, score, facts, began_at, '
  'subscription_id, open_ticket (number), spoken_at, spoken_by, note}]}. page_size 1 to 5000. Needs customers.read. '
  'Errors: permission_denied, invalid_argument (400).';
revoke execute on function public.list_risks(text, int, int) from public, anon, authenticated, service_role;
grant execute on function public.list_risks(text, int, int) to authenticated, service_role;

create function private.note_risk_contact(risk_id uuid, note text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  risk public.license_risks;
  said constant text := nullif(btrim(note), '');
begin
  perform private.require_permission('customers.update');
  if length(said) > 500 then
    perform private.fail('invalid_argument', 'A note holds 500 characters at most');
  end if;
  update public.license_risks as held set spoken_at = now(), spoken_by = private.actor_id(), note = said
  where held.id = risk_id and held.ended_at is null returning * into risk;
  if risk.id is null then
    perform private.fail('risk_not_found', 'No such licence is at risk any more');
  end if;
  perform private.record_event('risk_spoken', 'license', risk.license_id::text, jsonb_build_object('score', risk.score),
    risk.customer_id, risk.license_id, jsonb_strip_nulls(jsonb_build_object('note', said)));
  return private.risk_row(risk);
end
$$;
comment on function private.note_risk_contact(uuid, text) is
  'Does the work of public.note_risk_contact. Definer: nobody writes risks directly.';
grant execute on function private.note_risk_contact(uuid, text) to authenticated;

create function public.note_risk_contact(risk_id uuid, note text default null) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.note_risk_contact($1, $2) $$;
comment on function public.note_risk_contact(uuid, text) is
  'Notes that somebody spoke to the customer, with what was said (500 characters at most). → the row as in list_risks. '
  'Needs customers.update. Errors: permission_denied, risk_not_found (404), invalid_argument.';
revoke execute on function public.note_risk_contact(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.note_risk_contact(uuid, text) to authenticated;

create function private.get_risk_quality(from_day text, to_day text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  today constant date := private.business_day(now());
  ends constant date := least(coalesce(private.require_day(to_day, 'to_day'), today), today);
  starts constant date := coalesce(private.require_day(from_day, 'from_day'), ends - 90);
begin
  perform private.require_permission('customers.read');
  if starts > ends then
    perform private.fail('invalid_argument', 'The period ends before it begins');
  end if;
  return (
    with flagged as (
      select distinct on (held.license_id) held.license_id, held.began_at, held.reasons,
        held.spoken_at is not null as is_spoken
      from public.license_risks as held
      where held.began_at >= private.start_of_day(starts) and held.began_at < private.start_of_day(ends + 1)
      order by held.license_id, held.began_at
    ), gone as (
      -- Its end: revoked, or past its days of grace without renewal.
      select licenses.id as license_id, least(licenses.revoked_at, licenses.grace_until) as gone_at
      from public.licenses
      where licenses.deleted_at is null and licenses.payment_method <> 'manual'
        and least(licenses.revoked_at, licenses.grace_until) between private.start_of_day(starts)
          and least(now(), private.start_of_day(ends + 1))
    ), judged as (
      select flagged.*, gone.gone_at from flagged left join gone on gone.license_id = flagged.license_id
        and gone.gone_at >= flagged.began_at
    )
    select jsonb_build_object('from_day', starts, 'to_day', ends,
      'flagged', (select count(*) from flagged), 'left', (select count(*) from gone),
      'foreseen', (select count(*) from judged where gone_at is not null),
      'precision', (select count(*) filter (where gone_at is not null)::numeric / nullif(count(*), 0) from judged),
      'recall', (select count(*) filter (where gone_at is not null) from judged)::numeric
        / nullif((select count(*) from gone), 0),
      'mean_days_before', (select round(extract(epoch from avg(gone_at - began_at)) / 86400.0, 1) from judged
        where gone_at is not null),
      'spoken', (select count(*) from judged where is_spoken),
      'spoken_kept', (select count(*) from judged where is_spoken and gone_at is null),
      'reasons', (select coalesce(jsonb_agg(jsonb_build_object('reason', reason, 'flagged', flagged_count,
          'left', left_count) order by flagged_count desc, reason), '[]')
        from (select reason, count(*) as flagged_count, count(*) filter (where gone_at is not null) as left_count
          from judged, unnest(reasons) as reason group by reason) as by_reason)));
end
$$;
comment on function private.get_risk_quality(text, text) is
  'Does the work of public.get_risk_quality. Definer: reads behind the policies.';
grant execute on function private.get_risk_quality(text, text) to authenticated, service_role;

create function public.get_risk_quality(from_day text default null, to_day text default null) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_risk_quality($1, $2) $$;
comment on function public.get_risk_quality(text, text) is
  'How well the list foresaw who left, of the last 90 days unless told. → {from_day, to_day, flagged (licences), left '
  '(licences that ended), foreseen (of both), precision (foreseen of flagged), recall (foreseen of left), '
  'mean_days_before, spoken, spoken_kept, reasons: [{reason, flagged, left}]}; rates of 1, null where there is nothing '
  'to divide by. Needs customers.read. Errors: permission_denied, invalid_argument (400).';
revoke execute on function public.get_risk_quality(text, text) from public, anon, authenticated, service_role;
grant execute on function public.get_risk_quality(text, text) to authenticated, service_role;
