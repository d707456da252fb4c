-- Addresses of domains with letters beyond ASCII are compared as the net knows them: müller.de is xn--mller-kva.de.

create function private.punycode(label text) returns text
language plpgsql immutable strict set search_path = ''
as $$
declare
  digits constant text := 'abcdefghijklmnopqrstuvwxyz0123456789';
  points int[] := array(select ascii(letter) from unnest(string_to_array(label, null)) with ordinality
    as letters (letter, place) order by place);
  encoded text := coalesce((select string_agg(chr(point), '' order by place)
    from unnest(points) with ordinality as known (point, place) where point < 128), '');
  basic int := length(encoded);
  handled int := basic;
  next_point int := 128;
  delta int := 0;
  bias int := 72;
  least_point int;
  point int;
  rest int;
  step int;
  threshold int;
begin
  if basic = cardinality(points) then
    return label;
  end if;
  encoded := 'xn--' || encoded || case when basic > 0 then '-' else '' end;
  while handled < cardinality(points) loop
    select min(known) into least_point from unnest(points) as known where known >= next_point;
    delta := delta + (least_point - next_point) * (handled + 1);
    next_point := least_point;
    foreach point in array points loop
      if point < next_point then
        delta := delta + 1;
      elsif point = next_point then
        rest := delta;
        step := 36;
        loop
          threshold := least(greatest(step - bias, 1), 26);
          exit when rest < threshold;
          encoded := encoded || substr(digits, threshold + (rest - threshold) % (36 - threshold) + 1, 1);
          rest := (rest - threshold) / (36 - threshold);
          step := step + 36;
        end loop;
        encoded := encoded || substr(digits, rest + 1, 1);
        delta := case when handled = basic then delta / 700 else delta / 2 end;
        delta := delta + delta / (handled + 1);
        bias := 0;
        while delta > 455 loop
          delta := delta / 35;
          bias := bias + 36;
        end loop;
        bias := bias + 36 * delta / (delta + 38);
        delta := 0;
        handled := handled + 1;
      end if;
    end loop;
    delta := delta + 1;
    next_point := next_point + 1;
  end loop;
  return encoded;
end
$$;
comment on function private.punycode(text) is
  'A label of a domain as the net spells it (RFC 3492): itself when it is ASCII, else xn--….';

create function private.spell_email(value text) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  -- Most are of one alphabet.
  if $1 ~ '^[!-~]+$' then
    return case when $1 ~ '^[^@]+@[^@]+$' then lower($1) end;
  end if;
  return (
    select lower(split_part(trimmed, '@', 1)) || '@' || (
      select string_agg(private.punycode(label), '.' order by place)
      from unnest(string_to_array(replace(lower(normalize(split_part(trimmed, '@', 2), NFKC)), U&'\3002', '.'), '.'))
        with ordinality as labels (label, place))
    from btrim($1) as trimmed where trimmed ~ '^[^@]+@[^@]+$'
  );
end
$$;
comment on function private.spell_email(text) is
  'An address as addresses are compared: lower case, its domain in ASCII; null for what has not one @ between two '
  'parts.';
