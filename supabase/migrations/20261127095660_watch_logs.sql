-- The rules follow the log: batch after batch in the order of commits, as everybody who follows it, each line held
-- against each rule once. What is noted and how far it was read are one transaction: whatever breaks off in between is
-- done again as a whole, and tells once.

create function private.note_log_hits(rule public.log_rules, lines public.logs[], heard_from timestamptz,
  out keys text[], out first_at timestamptz)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- A query's "2h ago" is meant from the time lines came, not from when somebody got round to them.
  condition private.log_condition := private.log_condition(rule.tree, null, null,
    (select max(line.received_at) from unnest(lines) as line));
begin
  execute format('with hits as (
      select key, greatest(date_trunc(''second'', received_at), $4) as heard_at, id, at
      from (select logs.*, %s from unnest($5::public.logs[]) as logs) as logs
      where is_hit and key is not null and received_at >= $6 and at >= %L and at < %L and %s
    ), noted as (
      insert into private.log_rule_hits as known (rule_id, key, heard_at, lines, line_refs)
      select $3, key, heard_at, count(*), to_jsonb((array_agg(jsonb_build_object(''id'', id, ''at'', at)
        order by at, id))[1:20])
      from hits group by 1, 2, 3 order by 2, 3
      on conflict on constraint log_rule_hits_pkey do update set lines = known.lines + excluded.lines,
        line_refs = jsonb_path_query_array(known.line_refs || excluded.line_refs, ''$[0 to 19]'')
      returning key, heard_at
    )
    select array_agg(distinct key), min(heard_at) from noted', private.log_hit_sql(rule), condition.from_time,
    condition.to_time, condition.sql)
  into keys, first_at
  using condition.words, condition.letters, rule.id, heard_from, lines, rule.enabled_at;
end
$$;
comment on function private.note_log_hits(public.log_rules, public.logs[], timestamptz) is
  'Notes those of some lines that a rule is about, by key and second. → the keys, and the first second. Definer: the '
  'table is private.';

create function private.log_key_label(rule public.log_rules, key text) returns text
language sql stable security definer set search_path = ''
as $$
  select case $1.counted_by
    when 'license' then (select license_key_hint from public.licenses where id::text = $2)
    when 'group' then (select title from public.log_groups where id::text = $2) end
$$;
comment on function private.log_key_label(public.log_rules, text) is
  'What people call a key of a rule: the end of a licence''s key, the title of a group. Definer: reads behind the '
  'policies.';

create function private.add_log_firing(rule public.log_rules, key text, fired_at timestamptz, lines bigint,
  moment timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Whoever ignores a group has heard enough of it.
  if rule.counted_by = 'group' and exists (select from public.log_groups where id::text = $2 and status = 'ignored')
  then
    return;
  end if;
  update public.log_firings set ended_at = $3
  where rule_id = rule.id and log_firings.key = $2 and ended_at is null and log_firings.fired_at <= $3;
  insert into public.log_firings (rule_id, key, label, fired_at, ended_at, lines, line_refs, created_at)
  select rule.id, $2, private.log_key_label(rule, $2), $3, case when rule.minutes is null then $3 end, $4,
    coalesce(jsonb_path_query_array(jsonb_agg(ref order by hits.heard_at, place), '$[0 to 19]'), '[]'), moment
  from private.log_rule_hits as hits, jsonb_array_elements(hits.line_refs) with ordinality as refs (ref, place)
  where hits.rule_id = rule.id and hits.key = $2 and hits.heard_at <= $3
    and hits.heard_at > $3 - make_interval(mins => coalesce(rule.minutes, 1));
  insert into private.log_rule_states as known (rule_id, key, is_firing, fired_at, noted_at)
  values (rule.id, $2, rule.minutes is not null, $3, moment)
  on conflict on constraint log_rule_states_pkey do update set is_firing = excluded.is_firing,
    fired_at = excluded.fired_at, noted_at = excluded.noted_at;
end
$$;
comment on function private.add_log_firing(public.log_rules, text, timestamptz, bigint, timestamptz) is
  'Keeps a firing with the lines behind it; the one before it has ended. Nothing for an ignored group. Definer: nobody '
  'writes firings directly.';

create function private.hear_log_lines(rule public.log_rules, lines public.logs[], heard_from timestamptz,
  moment timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  noted record := private.note_log_hits(rule, lines, heard_from);
  crossing record;
begin
  if noted.keys is null then
    return;
  elsif rule.kind = 'silence' then
    update public.log_firings set ended_at = noted.first_at where rule_id = rule.id and ended_at is null;
    insert into private.log_rule_states as known (rule_id, key, heard_at)
    select rule.id, '', max(heard_at) from private.log_rule_hits where rule_id = rule.id
    on conflict on constraint log_rule_states_pkey do update set is_firing = false, heard_at = excluded.heard_at;
    delete from private.log_rule_hits where rule_id = rule.id;
    return;
  end if;
  for crossing in
    select * from private.log_crossings(
      array(select (key, heard_at, hits.lines)::private.log_hit from private.log_rule_hits as hits
        where rule_id = rule.id and key = any (noted.keys)
          and heard_at > noted.first_at - make_interval(mins => coalesce(rule.minutes, 1))),
      rule, case when rule.kind = 'rate' then (select jsonb_object_agg(extract(epoch from hour)::bigint::text,
          private.log_hour_most(rule, hour))
        from (select distinct date_trunc('hour', heard_at, 'UTC') as hour from private.log_rule_hits
          where rule_id = rule.id and heard_at >= noted.first_at) as hours) end,
      (select jsonb_object_agg(key, to_jsonb(states)) from private.log_rule_states as states
        where rule_id = rule.id and key = any (noted.keys)),
      noted.first_at, moment)
  loop
    perform private.add_log_firing(rule, crossing.key, crossing.at, crossing.lines, moment);
  end loop;
end
$$;
comment on function private.hear_log_lines(public.log_rules, public.logs[], timestamptz, timestamptz) is
  'Holds lines against a rule and fires it; lines end a silence. Definer: the tables are private.';

create function private.rest_log_rule(rule public.log_rules, resumed_at timestamptz, moment timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  state private.log_rule_states;
  silent_at timestamptz;
begin
  if rule.kind = 'silence' then
    select * into state from private.log_rule_states where rule_id = rule.id and key = '';
    silent_at := greatest(state.heard_at, rule.enabled_at, resumed_at) + make_interval(mins => rule.minutes);
    silent_at := greatest(silent_at, state.fired_at + make_interval(mins => rule.cool_down_minutes));
    if silent_at <= moment and not coalesce(state.is_firing, false) then
      perform private.add_log_firing(rule, '', silent_at, 0, moment);
    end if;
    return;
  end if;
  with over as (
    update private.log_rule_states as states set is_firing = false
    where rule_id = rule.id and is_firing and (select coalesce(sum(hits.lines), 0) from private.log_rule_hits as hits
      where hits.rule_id = rule.id and hits.key = states.key
        and hits.heard_at > moment - make_interval(mins => rule.minutes))
      <= case when rule.kind = 'rate' then private.log_hour_most(rule, date_trunc('hour', moment, 'UTC'))
        else rule.threshold end
    returning key
  )
  update public.log_firings set ended_at = greatest(fired_at, moment) from over
  where rule_id = rule.id and log_firings.key = over.key and ended_at is null;
end
$$;
comment on function private.rest_log_rule(public.log_rules, timestamptz, timestamptz) is
  'What time alone does to a rule: a silence has lasted too long, too many lines are no longer too many. Definer: the '
  'tables are private.';

create function private.watch_logs(moment timestamptz default clock_timestamp()) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  place private.log_watch;
  rule public.log_rules;
  rules public.log_rules[];
  horizon bigint;
  batches private.log_batches[];
  lines public.logs[];
  watched int := 0;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('private.log_watch', 0)) then
    return 0;
  end if;
  select * into place from private.log_watch;
  if place.watched_at < moment - interval '2 minutes' then
    place.resumed_at := moment;
  end if;
  rules := array(select log_rules from public.log_rules where is_enabled and deleted_at is null order by id);
  loop
    -- By a statement of its own, before the batches are read: what is below is then there.
    horizon := private.log_horizon();
    -- About 5,000 lines at once.
    batches := array(select batch from (
        select log_batches as batch, sum(log_batches.lines) over (order by id rows unbounded preceding)
          - log_batches.lines as before
        from private.log_batches where id > place.batch_id and id < horizon order by id limit 200) as numbered
      where before < 5000);
    exit when batches = '{}';
    if rules <> '{}' then
      -- The offset is a fence, as in private.follow_logs.
      lines := array(select logs from unnest(batches) as batch
        cross join lateral (select * from public.logs where at between batch.first_at and batch.last_at
          and id between batch.id * 1000 and batch.id * 1000 + 999 offset 0) as logs
        order by logs.received_at, logs.id);
      foreach rule in array case when lines = '{}' then '{}' else rules end loop
        perform private.hear_log_lines(rule, lines, place.heard_at, moment);
      end loop;
    end if;
    watched := watched + cardinality(batches);
    place.batch_id := batches[cardinality(batches)].id;
    place.heard_at := greatest(place.heard_at, (select max(date_trunc('second', received_at)) from unnest(batches)));
    exit when clock_timestamp() > started + interval '3 seconds';
  end loop;
  if batches = '{}' and not exists (select from private.log_batches
    where id > place.batch_id) then
    foreach rule in array rules loop
      perform private.rest_log_rule(rule, place.resumed_at, moment);
    end loop;
  end if;
  if watched > 0 or place.watched_at < moment - interval '30 seconds' then
    update private.log_watch set batch_id = place.batch_id, heard_at = place.heard_at, watched_at = moment,
      resumed_at = place.resumed_at;
  end if;
  perform private.tell_log_firings(moment);
  return watched;
end
$$;
comment on function private.watch_logs(timestamptz) is
  'Holds what came into the log against the rules, for three seconds at most, and tells what fired. → batches read. '
  'One at a time: while another does it, nothing. Definer: run by its job.';

create function private.forget_log_hits() returns int
language sql volatile security definer set search_path = ''
as $$
  with gone_hits as (delete from private.log_rule_hits where heard_at < (select least(heard_at, now())
      from private.log_watch) - interval '25 hours' returning 1),
    gone_states as (delete from private.log_rule_states
      where not is_firing and fired_at < now() - interval '8 days' and heard_at is null returning 1),
    gone_firings as (delete from public.log_firings where fired_at < now() - interval '1 year' returning 1)
  select ((select count(*) from gone_hits) + (select count(*) from gone_states)
    + (select count(*) from gone_firings))::int
$$;
comment on function private.forget_log_hits() is
  'Deletes hits that no period reaches any more, states that no cool-down holds, and firings of more than a year ago; '
  '→ how many. Definer: the tables are private.';

select private.schedule_job('watch-logs', '3 seconds', 'select private.watch_logs()');
select private.schedule_job('forget-log-hits', '25 * * * *', 'select private.forget_log_hits()');
