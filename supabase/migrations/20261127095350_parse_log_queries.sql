-- The language in which the log is asked, read here and nowhere else with authority: searching, alert rules and exports
-- all take its text. The console mirrors it to colour, complete and place errors; one corpus of cases drives both.
--
--   query   = or            or = and {"OR" and}         and = not {["AND"] not}      not = {"NOT" | "-"} operand
--   operand = "(" query ")" | word | "phrase" | field ":" (word | "phrase")
--
-- Operators are capitals. A word goes on until a blank, a quote or a parenthesis it did not open itself; what is no
-- field is text. In phrases \" is a quote and \\ a backslash; all else, % and _ too, stands for itself.

insert into private.error_codes (code, status) values ('query_invalid', 400);

create function private.fail_log_query(reason text, place int, length int default 1) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  perform private.fail('query_invalid', format('The query cannot be read at character %s: %s', place + 1,
    replace(reason, '_', ' ')), jsonb_build_object('position', place, 'length', length, 'reason', reason)::text);
end
$$;
comment on function private.fail_log_query(text, int, int) is
  'Raises query_invalid (400), details {position: characters before it, length, reason}.';

create function private.log_query_blanks() returns text
language sql immutable set search_path = ''
as $$ select ' \t\n\v\f\r\u0085\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff' $$;
comment on function private.log_query_blanks() is
  'What parts words, for a class of a pattern. Named one by one: what \s holds is the locale''s to say.';

create function private.read_log_time(value text) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  parts text[] := regexp_match(value, '^([0-9]{1,6})(s|m|h|d|w)$');
  zone text := private.business_time_zone();
begin
  if parts is not null then
    -- Fifty years at most, long before anything that is kept: no instant leaves what a timestamp holds.
    return jsonb_build_object('ago', least(1576800000, parts[1]::bigint * case parts[2] when 's' then 1 when 'm' then 60
      when 'h' then 3600 when 'd' then 86400 else 604800 end));
  elsif lower(value collate "C") = 'now' then
    return jsonb_build_object('ago', 0);
  elsif lower(value collate "C") in ('today', 'yesterday') then
    return jsonb_build_object('days_ago', case lower(value collate "C") when 'today' then 0 else 1 end);
  end if;
  parts := regexp_match(value, '^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]('
    || '(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,6})?)?|24:00(?::00)?'
    || ')([Zz]|[+-](?:0[0-9]|1[0-5]):?[0-5][0-9])?)?$');
  if parts is null or left(parts[1], 4)::int < 1900 or not pg_input_is_valid(parts[1], 'date') then
    return null;
  end if;
  return jsonb_build_object('at', case when parts[3] is not null
    then (parts[1] || ' ' || replace(parts[2], ',', '.') || parts[3])::timestamptz
    else (parts[1] || ' ' || coalesce(replace(parts[2], ',', '.'), '00:00'))::timestamp at time zone zone end);
end
$$;
comment on function private.read_log_time(text) is
  'A time of a query: 90s, 30m, 2h, 7d, 1w ago → {ago: seconds}; now; today and yesterday, which begin where the '
  'business is → {days_ago}; a day or a time, there unless it names its zone → {at}. Null when it is none.';

create function private.log_operand(field text, value text, place int, length int) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  is_blank boolean := value ~ ('^[' || private.log_query_blanks() || ']*$');
  levels text[];
  read jsonb;
begin
  if field is null then
    if is_blank then
      perform private.fail_log_query('empty_phrase', place, length);
    end if;
    return jsonb_build_object('text', value);
  elsif is_blank then
    perform private.fail_log_query('value_missing', place, length);
  elsif field = 'level' then
    levels := string_to_array(lower(regexp_replace(value, '[' || private.log_query_blanks() || ']', '', 'g')
      collate "C"), ',');
    levels := array(select case level when 'warn' then 'warning' else level end
      from unnest(levels) with ordinality as given (level, place) group by 1 order by min(given.place));
    if exists (select from unnest(levels) as level
        where level not in ('debug', 'info', 'warning', 'error', 'none')) then
      perform private.fail_log_query('unknown_level', place, length);
    end if;
    return case when cardinality(levels) = 1 then jsonb_build_object('field', field, 'value', levels[1])
      else jsonb_build_object('or', (select jsonb_agg(jsonb_build_object('field', field, 'value', level))
        from unnest(levels) as level)) end;
  elsif field in ('after', 'before') then
    read := private.read_log_time(value);
    if read is null then
      perform private.fail_log_query('unknown_time', place, length);
    end if;
    return jsonb_build_object('field', field, 'value', value) || read;
  elsif field = 'group' and value !~ '^[0-9]{1,16}$' then
    perform private.fail_log_query('unknown_group', place, length);
  end if;
  return jsonb_build_object('field', field, 'value', value);
end
$$;
comment on function private.log_operand(text, text, int, int) is
  'One operand of a query as a node. Errors: query_invalid at its place.';

create function private.next_log_token(query text, start int, out kind text, out place int, out length int,
  out field text, out value text)
language plpgsql immutable set search_path = ''
as $$
declare
  blanks text := private.log_query_blanks();
  rest text := substr(query, start + 1);
  blank int := length(substring(rest from '^[' || blanks || ']*'));
  letter text;
  at int;
  depth int := 0;
begin
  rest := substr(rest, blank + 1);
  place := start + blank;
  letter := left(rest, 1);
  length := 1;
  if rest = '' then
    kind := 'end';
    length := 0;
  elsif letter in ('(', ')') then
    kind := letter;
  elsif letter = '-' then
    kind := case when rest ~ ('^-(?:[)' || blanks || ']|$)') then 'lone' else 'not' end;
  else
    kind := 'operand';
    field := lower(substring(rest from '(?i)^(level|source|client|license|version|group|after|before):'));
    at := coalesce(length(field) + 1, 0);
    if substr(rest, at + 1, 1) = '"' then
      value := substring(substr(rest, at + 2) from '^((?:[^"\\]|\\["\\]|\\(?!["\\]))*)"');
      length := case when value is null then 1 else at + 2 + length(value) end;
      kind := case when value is null then 'open phrase' else kind end;
      place := place + case when value is null then at else 0 end;
      value := regexp_replace(value, '\\(["\\])', '\1', 'g');
      return;
    end if;
    -- A word keeps the parentheses it opens itself: connect(5) is one.
    value := '';
    loop
      letter := substr(rest, at + 1, 1);
      exit when letter = '' or letter = '"' or letter ~ ('[' || blanks || ']') or letter = ')' and depth = 0
        or letter = '(' and value = '';
      depth := depth + case letter when '(' then 1 when ')' then -1 else 0 end;
      value := value || letter;
      at := at + 1;
    end loop;
    length := at;
    if field is null and value in ('AND', 'OR', 'NOT') then
      kind := lower(value);
    end if;
  end if;
end
$$;
comment on function private.next_log_token(text, int) is
  'The token of a query after so many characters: kind (end, operand, not, and, or, parentheses, lone for a minus with '
  'nothing after it, open phrase), place, length, field and value.';

create function private.joined_log_nodes(word text, nodes jsonb) returns jsonb
language sql immutable set search_path = ''
as $$ select case jsonb_array_length($2) when 1 then $2 -> 0 else jsonb_build_object($1, $2) end $$;
comment on function private.joined_log_nodes(text, jsonb) is 'Nodes under one operator; one node is itself.';

create function private.parse_log_query(query text) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  token record;
  depth int := 1;
  at int := 0;
  operands int := 0;
  -- For each open parenthesis: alternatives that are complete, the one being read, and what waits for an operand.
  ors jsonb[] := array['[]'::jsonb];
  ands jsonb[] := array['[]'::jsonb];
  negated boolean[] := array[false];
  waiting text[] := array[null::text];
  opened int[] := array[0];
  node jsonb;
begin
  query := coalesce(query, '');
  if length(query) > 4000 then
    perform private.fail_log_query('too_long', 4000, length(query) - 4000);
  end if;
  loop
    token := private.next_log_token(query, at);
    at := token.place + token.length;
    node := null;
    case token.kind
      when 'open phrase' then perform private.fail_log_query('open_phrase', token.place);
      when 'lone' then perform private.fail_log_query('operand_missing', token.place);
      when 'not' then
        negated[depth] := not negated[depth];
        waiting[depth] := 'not';
      when 'and', 'or' then
        if waiting[depth] is not null or ands[depth] = '[]' then
          perform private.fail_log_query('operand_missing', token.place, token.length);
        end if;
        waiting[depth] := token.kind;
        if token.kind = 'or' then
          ors[depth] := ors[depth] || jsonb_build_array(private.joined_log_nodes('and', ands[depth]));
          ands[depth] := '[]';
        end if;
      when '(' then
        if depth > 64 then
          perform private.fail_log_query('too_deep', token.place);
        end if;
        depth := depth + 1;
        ors[depth] := '[]';
        ands[depth] := '[]';
        negated[depth] := false;
        waiting[depth] := null;
        opened[depth] := token.place;
      when ')', 'end' then
        if token.kind = ')' and depth = 1 then
          perform private.fail_log_query('nothing_to_close', token.place);
        elsif token.kind = 'end' and depth > 1 then
          perform private.fail_log_query('not_closed', opened[depth]);
        elsif waiting[depth] is not null or ands[depth] = '[]' and (depth > 1 or ors[depth] <> '[]') then
          perform private.fail_log_query('operand_missing', token.place, token.length);
        end if;
        if ands[depth] = '[]' then
          return '{"and": []}';
        end if;
        node := private.joined_log_nodes('or',
          ors[depth] || jsonb_build_array(private.joined_log_nodes('and', ands[depth])));
        if token.kind = 'end' then
          return node;
        end if;
        depth := depth - 1;
      else
        node := private.log_operand(token.field, token.value, token.place, token.length);
        operands := operands + 1;
        if operands > 100 then
          perform private.fail_log_query('too_many_operands', token.place, token.length);
        end if;
    end case;
    if node is not null then
      ands[depth] := ands[depth] || jsonb_build_array(
        case when negated[depth] then jsonb_build_object('not', node) else node end);
      negated[depth] := false;
      waiting[depth] := null;
    end if;
  end loop;
end
$$;
comment on function private.parse_log_query(text) is
  'A query as a tree: {and: [nodes]}, {or: [nodes]}, {not: node}, {text}, {field, value} with field level, source, '
  'client, license, version, group, after or before (those with ago, days_ago or at); an empty one is {and: []}. At '
  'most 4,000 characters, 100 operands and parentheses 64 deep. Errors: query_invalid (400) with position and reason.';

create function private.print_log_node(node jsonb, is_inner boolean) returns text
language plpgsql immutable set search_path = ''
as $$
declare
  word text := case when node ? 'and' then 'and' when node ? 'or' then 'or' end;
  plain text;
begin
  if word is not null then
    plain := (select string_agg(private.print_log_node(part, true), ' ' || upper(word) || ' ' order by place)
      from jsonb_array_elements(node -> word) with ordinality as parts (part, place));
    return case when is_inner then '(' || plain || ')' else coalesce(plain, '') end;
  elsif node ? 'not' then
    return case when is_inner then '(NOT ' else 'NOT ' end || private.print_log_node(node -> 'not', true)
      || case when is_inner then ')' else '' end;
  end if;
  plain := coalesce(node ->> 'text', node ->> 'value');
  if plain ~ ('["()\\' || private.log_query_blanks() || ']') or plain ~ '^-' or plain in ('AND', 'OR', 'NOT')
    or node ? 'text' and plain ~* '^(level|source|client|license|version|group|after|before):' then
    plain := '"' || regexp_replace(plain, '(["\\])', '\\\1', 'g') || '"';
  end if;
  return coalesce((node ->> 'field') || ':', '') || plain;
end
$$;
comment on function private.print_log_node(jsonb, boolean) is
  'A node of a query as text; parentheses around inner ones.';

create function private.print_log_query(tree jsonb) returns text
language sql immutable set search_path = '' as $$ select private.print_log_node($1, false) $$;
comment on function private.print_log_query(jsonb) is
  'A tree of private.parse_log_query as text with every parenthesis: NOT a OR b AND c is (NOT a) OR (b AND c).';
