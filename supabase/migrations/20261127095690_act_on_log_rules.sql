-- Writing rules, and reading what they told. Whoever changes a rule says what he saw; a rule that changed begins anew.

insert into private.erasures (room) values ('log_rules');

create function private.log_rule_row(rule public.log_rules) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select to_jsonb($1) - array['tree', 'deleted_at', 'updated_at'] || jsonb_build_object(
    'created_by_name', (select display_name from public.staff where user_id = $1.created_by),
    'firings', (select count(*) from public.log_firings where rule_id = $1.id and fired_at > now() - interval '7 days'))
$$;
comment on function private.log_rule_row(public.log_rules) is
  'A rule as the API answers it. Definer: reads behind the policies.';

create function private.require_log_rule(rule_id uuid) returns public.log_rules
language plpgsql volatile security definer set search_path = ''
as $$
declare
  rule public.log_rules;
begin
  perform private.require_permission('logs.configure');
  -- Whoever watches the log holds rules as he read them.
  perform pg_advisory_xact_lock(hashtextextended('private.log_watch', 0));
  select * into rule from public.log_rules where id = $1 and deleted_at is null for no key update;
  if rule.id is null then
    perform private.fail('log_rule_not_found', 'No such rule');
  end if;
  return rule;
end
$$;
comment on function private.require_log_rule(uuid) is
  'A rule to be changed, while nobody watches the log. Errors: permission_denied, log_rule_not_found. Definer: nobody '
  'writes rules directly.';

create function private.restart_log_rule(rule_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from private.log_rule_hits where log_rule_hits.rule_id = $1;
  delete from private.log_rule_states where log_rule_states.rule_id = $1;
  delete from private.log_rule_hours where log_rule_hours.rule_id = $1;
  update public.log_firings set ended_at = greatest(fired_at, now())
  where log_firings.rule_id = $1 and ended_at is null;
  update public.log_rules set enabled_at = now(), firing_count = 0 where id = $1;
end
$$;
comment on function private.restart_log_rule(uuid) is
  'Forgets what a rule has counted and ends its firings: it begins anew. Definer: the tables are private.';

create function private.save_log_rule(given jsonb, rule_id uuid, seen jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  keys text[] := array['name', 'kind', 'query', 'counted_by', 'threshold', 'minutes', 'factor', 'cool_down_minutes',
    'severity', 'channels', 'is_enabled'];
  rule public.log_rules;
  was public.log_rules;
  changed text[];
begin
  perform private.require_permission('logs.configure');
  rule := private.read_log_rule(given, now());
  if rule_id is null then
    if (select count(*) from public.log_rules where deleted_at is null) >= 200 then
      perform private.fail('too_many_log_rules', 'There are 200 rules already');
    end if;
    insert into public.log_rules (name, kind, query, tree, counted_by, threshold, minutes, factor, cool_down_minutes,
      severity, channels, is_enabled, created_by)
    values (rule.name, rule.kind, rule.query, rule.tree, rule.counted_by, rule.threshold, rule.minutes, rule.factor,
      rule.cool_down_minutes, rule.severity, rule.channels, rule.is_enabled,
      (select user_id from public.staff where user_id = auth.uid()))
    returning * into rule;
    perform private.record_event('log_rule_created', 'log_rule', rule.id::text, jsonb_build_object('name', rule.name,
      'rule_kind', rule.kind));
    return private.log_rule_row(rule);
  end if;
  was := private.require_log_rule(rule_id);
  changed := array(select key from unnest(keys) as key
    where to_jsonb(was) -> key is distinct from coalesce(seen -> key, 'null'));
  if jsonb_typeof(seen) is distinct from 'object' then
    perform private.fail('invalid_argument', 'seen is the rule as it was read');
  elsif changed <> '{}' then
    perform private.fail('log_rule_changed', 'Somebody changed it meanwhile', to_jsonb(changed)::text);
  end if;
  changed := array(select key from unnest(keys) as key
    where to_jsonb(was) -> key is distinct from to_jsonb(rule) -> key);
  update public.log_rules set name = rule.name, kind = rule.kind, query = rule.query, tree = rule.tree,
    counted_by = rule.counted_by, threshold = rule.threshold, minutes = rule.minutes, factor = rule.factor,
    cool_down_minutes = rule.cool_down_minutes, severity = rule.severity, channels = rule.channels,
    is_enabled = rule.is_enabled
  where id = was.id;
  if changed && array['kind', 'query', 'counted_by', 'threshold', 'minutes', 'factor', 'is_enabled'] then
    perform private.restart_log_rule(was.id);
  end if;
  if changed <> '{}' then
    -- Which, not what: a query may name a customer.
    perform private.record_event('log_rule_changed', 'log_rule', was.id::text, jsonb_build_object('name', rule.name,
      'rule_kind', rule.kind, 'changed', changed));
  end if;
  select * into rule from public.log_rules where id = was.id;
  return private.log_rule_row(rule);
end
$$;
comment on function private.save_log_rule(jsonb, uuid, jsonb) is
  'Does the work of public.save_log_rule. Definer: nobody writes rules directly.';
grant execute on function private.save_log_rule(jsonb, uuid, jsonb) to authenticated, service_role;

create function public.save_log_rule(rule jsonb, rule_id uuid default null, seen jsonb default null) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.save_log_rule($1, $2, $3) $$;
comment on function public.save_log_rule(jsonb, uuid, jsonb) is
  'Adds a rule, or changes one; seen is the rule as the caller read it. rule: {name, kind (count, rate, new_group, '
  'returned_group, silence), query, counted_by (all, license, group), threshold (count, rate: more lines than these), '
  'minutes (count, rate, silence), factor (rate: times the usual of that hour of the week in the last four), '
  'cool_down_minutes (60), severity (error), channels ([telegram, slack, email], beside the console), is_enabled '
  '(true)}. What changes when it fires makes it begin anew. → the rule as list_log_rules. Needs logs.configure. '
  'Errors: permission_denied, invalid_log_rule (details {field}), query_invalid (details {position, length, reason}), '
  'log_rule_never_fires (details {reason}), log_rule_not_found (404), log_rule_changed (details: the keys), '
  'too_many_log_rules (409), invalid_argument.';
revoke execute on function public.save_log_rule(jsonb, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.save_log_rule(jsonb, uuid, jsonb) to authenticated, service_role;

create function private.delete_log_rule(rule_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  rule public.log_rules := private.require_log_rule(rule_id);
begin
  perform private.restart_log_rule(rule.id);
  update public.log_rules set deleted_at = now(), is_enabled = false where id = rule.id;
  perform private.record_event('log_rule_deleted', 'log_rule', rule.id::text, jsonb_build_object('name', rule.name));
end
$$;
comment on function private.delete_log_rule(uuid) is
  'Does the work of public.delete_log_rule. Definer: nobody writes rules directly.';
grant execute on function private.delete_log_rule(uuid) to authenticated, service_role;

create function public.delete_log_rule(rule_id uuid) returns void
language sql volatile security invoker set search_path = '' as $$ select private.delete_log_rule($1) $$;
comment on function public.delete_log_rule(uuid) is
  'Ends a rule for good; what it told stays. Needs logs.configure. Errors: permission_denied, log_rule_not_found '
  '(404).';
revoke execute on function public.delete_log_rule(uuid) from public, anon, authenticated, service_role;
grant execute on function public.delete_log_rule(uuid) to authenticated, service_role;

create function private.pause_log_rules(rule_ids uuid[], is_paused boolean) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  rule_id uuid;
  rule public.log_rules;
  changed int := 0;
begin
  perform private.require_permission('logs.configure');
  if rule_ids is null or cardinality(rule_ids) not between 1 and 200 or is_paused is null then
    perform private.fail('invalid_argument', 'From 1 to 200 rules are paused or resumed at once');
  end if;
  for rule_id in select distinct id from unnest(rule_ids) as id order by 1 loop
    rule := private.require_log_rule(rule_id);
    continue when rule.is_enabled <> is_paused;
    perform private.restart_log_rule(rule.id);
    update public.log_rules set is_enabled = not is_paused where id = rule.id;
    perform private.record_event(case when is_paused then 'log_rule_paused' else 'log_rule_resumed' end, 'log_rule',
      rule.id::text, jsonb_build_object('name', rule.name));
    changed := changed + 1;
  end loop;
  return changed;
end
$$;
comment on function private.pause_log_rules(uuid[], boolean) is
  'Does the work of public.pause_log_rules. Definer: nobody writes rules directly.';
grant execute on function private.pause_log_rules(uuid[], boolean) to authenticated, service_role;

create function public.pause_log_rules(rule_ids uuid[], is_paused boolean default true) returns int
language sql volatile security invoker set search_path = '' as $$ select private.pause_log_rules($1, $2) $$;
comment on function public.pause_log_rules(uuid[], boolean) is
  'Pauses rules, or lets them go on, all or none; lines that came meanwhile are none of their business. → how many '
  'changed. Needs logs.configure. Errors: permission_denied, log_rule_not_found (404), invalid_argument.';
revoke execute on function public.pause_log_rules(uuid[], boolean) from public, anon, authenticated, service_role;
grant execute on function public.pause_log_rules(uuid[], boolean) to authenticated, service_role;
