-- A whole day belongs to a zone, and an amount to its currency: one function for each way.

create function private.business_time_zone() returns text
language plpgsql stable set search_path = ''
as $$
begin
  return private.setting_text('business_time_zone');
end
$$;
comment on function private.business_time_zone() is 'The zone in which this business counts its days.';
grant execute on function private.business_time_zone() to authenticated, service_role;

create function private.start_of_day(day date) returns timestamptz
language plpgsql stable set search_path = ''
as $$
begin
  return day::timestamp at time zone private.business_time_zone();
end
$$;
comment on function private.start_of_day(date) is 'The instant at which a day begins where the business is.';
grant execute on function private.start_of_day(date) to authenticated, service_role;

create function private.add_days(moment timestamptz, days int) returns timestamptz
language plpgsql stable set search_path = ''
as $$
declare
  zone text := private.business_time_zone();
begin
  return ($1 at time zone zone + make_interval(days => $2)) at time zone zone;
end
$$;
comment on function private.add_days(timestamptz, int) is
  'The same time of day so many days later, where the business is: thirty days are thirty across a change of clocks.';
grant execute on function private.add_days(timestamptz, int) to authenticated, service_role;

create function private.end_of_day(day date) returns timestamptz
language plpgsql stable set search_path = ''
as $$
begin
  -- The last second, so that whoever reads the instant back finds the day that was written.
  return private.start_of_day(day + 1) - interval '1 second';
end
$$;
comment on function private.end_of_day(date) is
  'The last second of a day where the business is: what lasts "until that day" ends then.';
grant execute on function private.end_of_day(date) to authenticated, service_role;

create function private.require_day(value text, argument text) returns date
language plpgsql immutable set search_path = ''
as $$
begin
  if $1 !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' or left($1, 4) not between '1900' and '2200'
    or not pg_input_is_valid($1, 'date') then
    perform private.fail('invalid_argument', format('%s is a day of the years from 1900 to 2200, as 2026-12-31', $2));
  end if;
  return $1::date;
end
$$;
comment on function private.require_day(text, text) is
  'The day a text names, null for null, or invalid_argument: what a day is, is checked here and not by its type, whose '
  'refusal nobody could put into words.';
grant execute on function private.require_day(text, text) to authenticated, service_role;

create function private.business_day(moment timestamptz) returns date
language plpgsql stable set search_path = ''
as $$
begin
  return (moment at time zone private.business_time_zone())::date;
end
$$;
comment on function private.business_day(timestamptz) is 'The day an instant falls on where the business is.';
grant execute on function private.business_day(timestamptz) to authenticated, service_role;

insert into private.error_codes (code, status) values ('amount_too_fine', 400);

create function private.currency_decimals(currency text) returns int
language sql immutable set search_path = ''
as $$
  select case
    when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF',
      'XPF') then 0
    when currency in ('BHD', 'JOD', 'KWD', 'OMR', 'TND') then 3
    else 2 end
$$;
comment on function private.currency_decimals(text) is
  'Decimals of a currency''s minor unit as Stripe counts it (ISK and UGX with two): 0, 2 or 3.';
grant execute on function private.currency_decimals(text) to authenticated, service_role;

create function private.money_text(amount bigint, currency text) returns text
language sql immutable set search_path = ''
as $$
  select case when amount < 0 then '-' else '' end
    || case private.currency_decimals(currency)
      when 0 then abs(amount)::text
      else (abs(amount) / (10 ^ private.currency_decimals(currency))::bigint)::text || '.'
        || lpad((abs(amount) % (10 ^ private.currency_decimals(currency))::bigint)::text,
          private.currency_decimals(currency), '0') end
    || ' ' || currency
$$;
comment on function private.money_text(bigint, text) is
  'An amount of minor units for messages and exports made in SQL: 3000 JPY is "3000 JPY", 12345 KWD "12.345 KWD".';
grant execute on function private.money_text(bigint, text) to authenticated, service_role;

create function private.money_list(amounts jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('currency', key, 'cents', value)
    order by value::numeric desc, key), '[]')
  from jsonb_each(coalesce(amounts, '{}')) where value <> '0'
$$;
comment on function private.money_list(jsonb) is
  'Amounts by currency, {EUR: 4800, JPY: 3000}, as a list [{currency, cents}], largest first: they are never added.';
grant execute on function private.money_list(jsonb) to authenticated, service_role;
