-- Whether a rule can ever fire. One that cannot is refused when it is written, with the reason: somebody relies on it.
-- Only what is certain counts; where a query is too intricate to tell, it is taken to match something.

create function private.log_levels_of(node jsonb) returns text[]
language plpgsql immutable set search_path = ''
as $$
declare
  every text[] := array['debug', 'info', 'warning', 'error', 'none'];
  levels text[];
  inner_node jsonb;
begin
  if node ? 'and' then
    levels := every;
    for inner_node in select jsonb_array_elements(node -> 'and') loop
      levels := array(select unnest(levels) intersect select unnest(private.log_levels_of(inner_node)));
    end loop;
    return levels;
  elsif node ? 'or' then
    return array(select distinct level from jsonb_array_elements(node -> 'or') as part,
      unnest(private.log_levels_of(part)) as level);
  elsif node ? 'not' then
    inner_node := node -> 'not';
    -- Only levels themselves can be turned round: what else a line needs may be missing.
    return case when inner_node ->> 'field' = 'level' or inner_node ? 'or' and not exists (
        select from jsonb_array_elements(inner_node -> 'or') as part where part ->> 'field' is distinct from 'level')
      then array(select unnest(every) except select unnest(private.log_levels_of(inner_node))) else every end;
  end if;
  return case when node ->> 'field' = 'level' then array[node ->> 'value'] else every end;
end
$$;
comment on function private.log_levels_of(jsonb) is
  'Levels that lines of a query''s tree may have (none: without one): all of them, perhaps too many.';

create function private.log_parts(node jsonb) returns setof jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  part jsonb;
begin
  if not node ? 'and' then
    return next node;
    return;
  end if;
  for part in select jsonb_array_elements(node -> 'and') loop
    return query select private.log_parts(part);
  end loop;
end
$$;
comment on function private.log_parts(jsonb) is 'What every line of a query''s tree must meet, nested ANDs laid out.';

create function private.is_empty_log_query(node jsonb) returns boolean
language plpgsql stable set search_path = ''
as $$
declare
  parts jsonb[] := array(select private.log_parts(node));
begin
  if node ? 'or' then
    return not exists (select from jsonb_array_elements(node -> 'or') as part
      where not private.is_empty_log_query(part));
  end if;
  return cardinality(private.log_levels_of(node)) = 0
    or exists (select from unnest(parts) as part where part ? 'or' and private.is_empty_log_query(part))
    -- One line has one source, group, version and licence.
    or exists (select from unnest(parts) as one, unnest(parts) as other
      where one ->> 'field' = other ->> 'field' and one ->> 'value' <> other ->> 'value'
        and case one ->> 'field' when 'version' then true
          when 'group' then (one ->> 'value')::bigint <> (other ->> 'value')::bigint
          when 'source' then private.log_words(one ->> 'value', null, null)
            <> private.log_words(other ->> 'value', null, null)
            and not private.log_source_ids(one ->> 'value') && private.log_source_ids(other ->> 'value')
          when 'license' then private.log_licenses(one ->> 'value') <> '{}'
            and private.log_licenses(other ->> 'value') <> '{}'
            and not private.log_licenses(one ->> 'value') && private.log_licenses(other ->> 'value')
          else false end)
    -- What is asked for and left out at once; a text holds every part of itself.
    or exists (select from unnest(parts) as one, unnest(parts) as other
      where other ? 'not' and (one = other -> 'not' or one ? 'text' and other -> 'not' ? 'text'
        and strpos(private.log_words(one ->> 'text', null, null),
          private.log_words(other -> 'not' ->> 'text', null, null)) > 0));
end
$$;
comment on function private.is_empty_log_query(jsonb) is 'Whether it is certain that no line can meet a query''s tree.';

create function private.log_never(rule public.log_rules, moment timestamptz) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  levels text[] := private.log_levels_of(rule.tree);
  after_times timestamptz[];
  before_times timestamptz[];
  is_fixed boolean;
begin
  if private.is_empty_log_query(rule.tree) then
    return 'no_line_can_match';
  elsif rule.counted_by = 'group' and not levels && array['warning', 'error'] then
    return 'groups_are_grave';
  end if;
  select array_agg(private.log_time(part, moment)) filter (where part ->> 'field' = 'after'),
    array_agg(private.log_time(part, moment)) filter (where part ->> 'field' = 'before'),
    bool_and(part ->> 'field' = 'after' and not part ? 'at' or part ->> 'field' = 'before' and part ? 'at')
      or bool_and(part ? 'at') or bool_and(part ? 'ago') or bool_and(part ? 'days_ago')
  into after_times, before_times, is_fixed
  from private.log_parts(rule.tree) as part where part ->> 'field' in ('after', 'before');
  if exists (select from private.log_parts(rule.tree) as part where part ->> 'field' = 'before' and part ? 'at'
      and private.log_time(part, moment) <= moment - interval '7 days') then
    -- A line is placed seven days before its receipt at the earliest.
    return 'ends_in_the_past';
  elsif is_fixed and (select max(instant) from unnest(after_times) as instant)
      >= (select min(instant) from unnest(before_times) as instant) then
    return 'no_line_can_match';
  end if;
  return null;
end
$$;
comment on function private.log_never(public.log_rules, timestamptz) is
  'Why a rule can never fire, if that is certain: no_line_can_match, groups_are_grave (only warnings and errors have '
  'groups), ends_in_the_past; else null. Definer: looks up sources and licences.';

create function private.log_rule_number(given jsonb, key text, least_value numeric, most numeric, is_whole boolean)
returns numeric
language plpgsql immutable set search_path = ''
as $$
declare
  value numeric := case when jsonb_typeof(given -> key) = 'number' then (given ->> key)::numeric end;
begin
  if coalesce(given -> key, 'null') <> 'null' and (value is null or value not between least_value and most
      or is_whole and value <> trunc(value)) then
    perform private.fail('invalid_log_rule', format('%s is a number from %s to %s', key, least_value, most),
      jsonb_build_object('field', key)::text);
  end if;
  return value;
end
$$;
comment on function private.log_rule_number(jsonb, text, numeric, numeric, boolean) is
  'A number of a rule as it was given, or null when it was not. Errors: invalid_log_rule, details {field}.';

create function private.fail_log_rule(field text, message text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  perform private.fail('invalid_log_rule', message, jsonb_build_object('field', field)::text);
end
$$;
comment on function private.fail_log_rule(text, text) is 'Raises invalid_log_rule (400), details {field}.';

create function private.read_log_rule(given jsonb, moment timestamptz) returns public.log_rules
language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.log_rules;
  reason text;
begin
  if jsonb_typeof(given) is distinct from 'object' then
    perform private.fail_log_rule('kind', 'A rule is an object');
  end if;
  rule.kind := given ->> 'kind';
  rule.name := btrim(coalesce(given ->> 'name', ''));
  rule.query := coalesce(given ->> 'query', '');
  if rule.kind is null or rule.kind not in ('count', 'rate', 'new_group', 'returned_group', 'silence') then
    perform private.fail_log_rule('kind', 'kind is count, rate, new_group, returned_group or silence');
  elsif length(rule.name) not between 1 and 120 or rule.name ~ '[[:cntrl:]]' or rule.name ~ '[^\s@]@[^\s@]' then
    perform private.fail_log_rule('name', 'The name is one line of 1 to 120 characters without an e-mail address');
  end if;
  rule.tree := private.parse_log_query(rule.query);
  rule.counted_by := coalesce(given ->> 'counted_by',
    case when rule.kind in ('new_group', 'returned_group') then 'group' else 'all' end);
  if rule.counted_by not in ('all', 'license', 'group')
    or rule.kind in ('new_group', 'returned_group') and rule.counted_by <> 'group'
    or rule.kind in ('rate', 'silence') and rule.counted_by <> 'all' then
    perform private.fail_log_rule('counted_by', 'counted_by is all, license or group; groups are told by group, rates '
      'and silences of all lines');
  end if;
  rule.threshold := private.log_rule_number(given, 'threshold', 0, 100000000, true);
  rule.minutes := private.log_rule_number(given, 'minutes', 1, case rule.kind when 'rate' then 60 else 1440 end, true);
  rule.factor := round(private.log_rule_number(given, 'factor', 1, 1000, false), 2);
  -- What happens once cannot happen more than once.
  if rule.kind in ('new_group', 'returned_group') and rule.threshold > 0 then
    reason := 'group_comes_once';
  elsif rule.kind in ('count', 'rate') and rule.threshold is null then
    perform private.fail_log_rule('threshold', 'How many lines are too many must be said');
  elsif rule.kind in ('count', 'rate', 'silence') and rule.minutes is null then
    perform private.fail_log_rule('minutes', 'The length of the period must be said');
  elsif rule.kind = 'rate' and rule.factor is null then
    perform private.fail_log_rule('factor', 'How many times the usual must be said');
  end if;
  rule.threshold := case when rule.kind in ('count', 'rate') then rule.threshold end;
  rule.minutes := case when rule.kind in ('count', 'rate', 'silence') then rule.minutes end;
  rule.factor := case when rule.kind = 'rate' then rule.factor end;
  rule.cool_down_minutes := coalesce(private.log_rule_number(given, 'cool_down_minutes', 1, 10080, true), 60);
  rule.severity := coalesce(given ->> 'severity', 'error');
  rule.channels := array(select distinct channel from jsonb_array_elements_text(case
    when jsonb_typeof(given -> 'channels') = 'array' then given -> 'channels' else '[]' end) as channel order by 1);
  if coalesce(jsonb_typeof(given -> 'is_enabled'), 'boolean') <> 'boolean' then
    perform private.fail_log_rule('is_enabled', 'is_enabled is true or false');
  elsif rule.severity not in ('info', 'warning', 'error') then
    perform private.fail_log_rule('severity', 'severity is info, warning or error');
  elsif coalesce(jsonb_typeof(given -> 'channels'), 'array') <> 'array' then
    perform private.fail_log_rule('channels', 'channels is a list');
  elsif not rule.channels <@ array['telegram', 'slack', 'email']
    or rule.severity = 'info' and rule.channels <> '{}' then
    perform private.fail_log_rule('channels', 'channels are telegram, slack and email; info stays in the console');
  end if;
  reason := coalesce(reason, private.log_never(rule, moment));
  if reason is not null then
    perform private.fail('log_rule_never_fires', 'The rule can never fire: ' || replace(reason, '_', ' '),
      jsonb_build_object('reason', reason)::text);
  end if;
  rule.is_enabled := coalesce((given ->> 'is_enabled')::boolean, true);
  return rule;
end
$$;
comment on function private.read_log_rule(jsonb, timestamptz) is
  'A rule as it was given. Errors: invalid_log_rule (details {field}), query_invalid (details {position, length, '
  'reason}), log_rule_never_fires (details {reason}: group_comes_once, or as private.log_never). Definer: looks up '
  'sources and licences.';

create function private.unknown_log_sources(node jsonb) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(distinct name #>> '{}'), '[]')
  from jsonb_path_query($1, 'strict $.** ? (@.field == "source").value') as name
  where private.log_source_ids(name #>> '{}') = '{}'
$$;
comment on function private.unknown_log_sources(jsonb) is
  'Sources of a query''s tree that no line has had yet: no mistake for certain, but worth saying. Definer: reads '
  'behind the policy.';

create function private.unknown_log_licenses(node jsonb) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(distinct value), '[]')
  from (select each ->> 'field' as field, each ->> 'value' as value
    from jsonb_path_query($1, 'strict $.** ? (@.field == "license" || @.field == "client")') as each) as named
  where not exists (select from public.licenses where id = any (case field
    when 'license' then private.log_licenses(value) else private.log_client_licenses(value) end))
$$;
comment on function private.unknown_log_licenses(jsonb) is
  'Licences and clients of a query''s tree that nobody has: what names them finds nothing. Definer: reads behind the '
  'policy.';
