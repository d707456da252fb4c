-- A query's tree as a condition on public.logs. What a person typed travels as parameters; the text of the condition is
-- made of what stands here, and of keys that the database itself looked up.

create type private.log_condition as (
  sql text,
  words text[],
  letters text[],
  from_time timestamptz,
  to_time timestamptz,
  has_text boolean,
  columns text[]
);
comment on type private.log_condition is
  'sql over public.logs with $1 (words) and $2 (letters, as patterns; empty beside a version, which is no text); the '
  'times it cannot leave; whether texts are looked into; the columns it reads besides.';

create function private.log_source_ids(value text) returns int[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(id), '{}') from public.log_sources
  where translate(private.log_words(name, null, null), ' -_.', '')
    = translate(private.log_words($1, null, null), ' -_.', '')
$$;
comment on function private.log_source_ids(text) is
  'Sources of that name; case, accents, blanks and hyphens do not matter. Definer: read in the course of a search.';

create function private.log_client_licenses(value text) returns uuid[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(licenses.id), '{}') from public.licenses
  where customer_id in (select id from public.customers where email = lower(btrim($1))
      or id = case when pg_input_is_valid($1, 'uuid') then $1::uuid end
    union select former_emails.customer_id from private.former_emails where former_emails.email = lower(btrim($1)))
$$;
comment on function private.log_client_licenses(text) is
  'Licences of the customer who has or had that address, or has that id. Definer: read in the course of a search.';

create function private.log_licenses(value text) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  if pg_input_is_valid($1, 'uuid') then
    return array[$1::uuid];
  elsif private.is_license_key($1) then
    return array(select license_id from private.license_secrets
      where license_key_hash = private.license_key_hash($1));
  end if;
  return array(select id from public.licenses where license_key_hint = upper(btrim($1)) limit 1000);
end
$$;
comment on function private.log_licenses(text) is
  'Licences of an id, a key, or the last group of a key. Definer: read in the course of a search.';

create function private.log_time(node jsonb, moment timestamptz) returns timestamptz
language sql stable set search_path = ''
as $$
  select case when node ? 'at' then (node ->> 'at')::timestamptz
    when node ? 'ago' then moment - make_interval(secs => (node ->> 'ago')::int)
    else private.start_of_day(private.business_day(moment) - (node ->> 'days_ago')::int) end
$$;
comment on function private.log_time(jsonb, timestamptz) is 'The instant a time of a query means at a moment.';

create function private.log_field_sql(node jsonb, moment timestamptz) returns text
language plpgsql stable set search_path = ''
as $$
declare
  field text := node ->> 'field';
  value text := node ->> 'value';
begin
  return case field
    when 'level' then case value when 'none' then 'level is null' else format('level = %L', value) end
    when 'source' then format('source_id = any (%L::int[])', private.log_source_ids(value))
    when 'client' then format('license_id = any (%L::uuid[])', private.log_client_licenses(value))
    when 'license' then format('license_id = any (%L::uuid[])', private.log_licenses(value))
    when 'group' then format('group_id = %s', value::bigint)
    when 'after' then format('at >= %L::timestamptz', private.log_time(node, moment))
    when 'before' then format('at < %L::timestamptz', private.log_time(node, moment)) end;
end
$$;
comment on function private.log_field_sql(jsonb, timestamptz) is
  'A field of a query as SQL: constants of its own and keys that were looked up, never what was typed. Null for '
  'version, whose value is a parameter.';

create function private.add_log_node(condition private.log_condition, node jsonb, is_negated boolean,
  moment timestamptz) returns private.log_condition
language plpgsql stable set search_path = ''
as $$
declare
  part jsonb;
  parts text[] := '{}';
  word text := case when node ? 'and' then 'and' when node ? 'or' then 'or' end;
  place int;
begin
  if word is not null then
    for part in select jsonb_array_elements(node -> word) loop
      condition := private.add_log_node(condition, part, is_negated, moment);
      parts := parts || condition.sql;
    end loop;
    condition.sql := case when parts = '{}' then 'true'
      else '(' || array_to_string(parts, ' ' || word || ' ') || ')' end;
  elsif node ? 'not' then
    condition := private.add_log_node(condition, node -> 'not', true, moment);
    condition.sql := 'not ' || condition.sql;
  elsif node ? 'text' then
    condition.words := condition.words || private.log_words(node ->> 'text', null, null);
    place := cardinality(condition.words);
    condition.letters[place] := '%' || private.log_letters(condition.words[place]) || '%';
    condition.has_text := true;
    -- The index only helps to find; what is left out is looked at line by line.
    condition.sql := format('strpos(private.log_words(message, stack, context), $1[%s]) > 0', place);
    if not is_negated and length(condition.words[place]) >= 3 then
      condition.sql := format('(private.log_letters(private.log_words(message, stack, context)) like $2[%s] and %s)',
        place, condition.sql);
    end if;
  else
    condition.columns := condition.columns || (case node ->> 'field' when 'client' then 'license' when 'after' then 'at'
      when 'before' then 'at' else node ->> 'field' end);
    condition.sql := private.log_field_sql(node, moment);
    if condition.sql is null then
      condition.words := condition.words || (node ->> 'value');
      condition.letters[cardinality(condition.words)] := '';
      condition.sql := format('version = $1[%s]', cardinality(condition.words));
    end if;
    if is_negated then
      condition.sql := format('coalesce(%s, false)', condition.sql);
    end if;
  end if;
  return condition;
end
$$;
comment on function private.add_log_node(private.log_condition, jsonb, boolean, timestamptz) is
  'The condition with a node''s SQL in place of its own, and what that needs. A line without a level, licence or '
  'version is in what a negation leaves.';

create function private.log_condition(tree jsonb, from_time timestamptz, to_time timestamptz, moment timestamptz)
returns private.log_condition
language plpgsql stable security definer set search_path = ''
as $$
declare
  condition private.log_condition;
  node jsonb;
begin
  condition.words := '{}';
  condition.letters := '{}';
  condition.has_text := false;
  condition.columns := '{}';
  condition.from_time := greatest(from_time,
    moment - make_interval(days => private.setting_int('log_retention_days') + 8));
  condition.to_time := least(to_time, moment + interval '6 minutes');
  -- What all lines must meet narrows the period, and is no condition any more.
  if not tree ? 'and' then
    tree := jsonb_build_object('and', jsonb_build_array(tree));
  end if;
  for node in select jsonb_array_elements(tree -> 'and') loop
    if node ->> 'field' = 'after' then
      condition.from_time := greatest(condition.from_time, private.log_time(node, moment));
    elsif node ->> 'field' = 'before' then
      condition.to_time := least(condition.to_time, private.log_time(node, moment));
    end if;
  end loop;
  return private.add_log_node(condition, jsonb_build_object('and', (select coalesce(jsonb_agg(part), '[]')
    from jsonb_array_elements(tree -> 'and') as part
    where coalesce(part ->> 'field', '') not in ('after', 'before'))), false, moment);
end
$$;
comment on function private.log_condition(jsonb, timestamptz, timestamptz, timestamptz) is
  'A tree of private.parse_log_query as a condition, within a period and what is kept. Definer: looks up sources and '
  'licences.';

create function private.read_log_query(query text, from_time timestamptz, to_time timestamptz, moment timestamptz)
returns private.log_condition
language plpgsql stable security definer set search_path = ''
as $$
declare
  tree jsonb := private.parse_log_query(query);
  condition private.log_condition;
  token record;
  at int := 0;
begin
  perform private.require_permission('logs.read');
  if not isfinite(from_time) or not isfinite(to_time) then
    perform private.fail('invalid_argument', 'A period has a beginning and an end, or leaves them out');
  elsif from_time > to_time then
    perform private.fail('invalid_argument', 'The period ends before it begins');
  end if;
  condition := private.log_condition(tree, from_time, to_time, moment);
  -- Two letters are in nearly every line, and no index knows them: something else must say which lines are meant.
  if condition.has_text and not condition.columns && array['level', 'source', 'license', 'group']
    and (select max(length(word)) < 3 from unnest(condition.words, condition.letters) as looked_for (word, letters)
      where letters <> '') then
    -- Its place is that of the first text; there is one.
    loop
      token := private.next_log_token(query, at);
      at := token.place + token.length;
      exit when token.kind = 'end' or token.kind = 'operand' and token.field is null;
    end loop;
    perform private.fail_log_query('text_too_short', token.place, token.length);
  end if;
  return condition;
end
$$;
comment on function private.read_log_query(text, timestamptz, timestamptz, timestamptz) is
  'A query of a person as a condition. Errors: permission_denied, query_invalid, also for texts under three characters '
  'without a filter, invalid_argument for a period that ends before it begins. Definer: reads behind the policies.';
