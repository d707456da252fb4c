-- Customers are found by any part of e-mail, name or company, with or without accents, through one index.

create function private.search_form(value text) returns text
language sql immutable parallel safe set search_path = ''
as $$ select regexp_replace(normalize(lower($1), nfkd), '[\u0300-\u036f]', '', 'g') $$;
comment on function private.search_form(text) is 'The text as searches compare it: lower case, without accents.';
revoke execute on function private.search_form(text) from public;
grant execute on function private.search_form(text) to authenticated, service_role;

alter table public.customers add column search_text text not null
  generated always as (private.search_form(email || ' ' || coalesce(name, '') || ' ' || coalesce(company, ''))) stored;
comment on column public.customers.search_text is 'E-mail, name and company as searches compare them; begins with the e-mail';
create index customers_search_text_trgm_idx on public.customers using gin (search_text extensions.gin_trgm_ops);
drop index public.customers_name_trgm_idx;

-- What is derived is no change of its own.
create or replace function private.audit_after_row() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  entity text := tg_argv[0];
  old_row jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  new_row jsonb := to_jsonb(new);
  before jsonb;
  after jsonb;
  named_event text := nullif(current_setting('private.audit_event', true), '');
  context jsonb := coalesce(nullif(current_setting('private.audit_context', true), '')::jsonb, '{}');
begin
  select coalesce(jsonb_object_agg(key, old_row -> key) filter (where old_row ? key), '{}'), coalesce(jsonb_object_agg(key, value), '{}')
  into before, after
  from jsonb_each(new_row)
  where key not in ('updated_at', 'created_at', 'last_sign_in_at', 'search_text') and old_row -> key is distinct from value;
  if tg_op = 'UPDATE' and after = '{}' then
    return null;
  end if;
  perform private.record_event(
    coalesce(named_event, case
      when entity = 'settings' then 'settings_changed'
      when entity = 'plan' then 'plan_changed'
      when tg_op = 'INSERT' then entity || '_created'
      else entity || '_updated' end),
    null,
    context || jsonb_build_object('id', new_row -> tg_argv[1])
      || case when tg_op = 'INSERT' then '{}' else jsonb_build_object('before', before) end
      || jsonb_build_object('after', after));
  return null;
end
$$;

create or replace function private.find_anything(query text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  needle text := nullif(btrim(left(query, 300)), '');
  pattern text := '%' || private.escape_like(private.search_form(needle)) || '%';
begin
  perform private.require_permission('licenses.read');
  if needle is null or length(needle) < 2 then
    return jsonb_build_object('licenses', '[]'::jsonb, 'customers', '[]'::jsonb);
  end if;
  return (
    with found_customers as materialized (
      select id, email, name, created_at from public.customers where search_text like pattern
    ), found_ids as (
      select licenses.id from found_customers join public.licenses on licenses.customer_id = found_customers.id
      union select private.find_license_ids(needle)
    ), found_licenses as (
      select licenses.* from found_ids join public.licenses on licenses.id = found_ids.id where deleted_at is null order by created_at desc limit 8
    )
    select jsonb_build_object(
      'licenses', (select coalesce(jsonb_agg(jsonb_build_object('id', matches.id, 'email', matches.email, 'license_key_hint', matches.license_key_hint,
        'plan', matches.plan, 'status', private.license_state(row(matches.*)::public.licenses)) order by matches.created_at desc), '[]') from found_licenses as matches),
      'customers', (select coalesce(jsonb_agg(jsonb_build_object('id', matches.id, 'email', matches.email, 'name', matches.name)), '[]')
        from (select * from found_customers where private.has_permission('customers.read') order by created_at desc limit 8) as matches)));
end
$$;
