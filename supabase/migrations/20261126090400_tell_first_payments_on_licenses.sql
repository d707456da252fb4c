-- The first payment of a purchase is often told before its licence exists, and the audit is never
-- rewritten: a licence's timeline also holds what was told of its subscriptions before they had it.

create function private.list_license_events(license_id uuid, before_sequence bigint, page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  rows jsonb;
begin
  perform private.require_permission('licenses.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  end if;
  with told as (
    (select events.* from public.events
      where events.license_id = $1 and ($2 is null or sequence < $2) order by sequence desc limit $3 + 1)
    union all
    (select events.* from public.events
      where events.license_id is null and event_data ? 'subscription_id'
        and event_data ->> 'subscription_id' = any (array(select id::text from public.subscriptions where subscriptions.license_id = $1))
        and ($2 is null or sequence < $2) order by sequence desc limit $3 + 1)
  )
  select coalesce(jsonb_agg(to_jsonb(matches) - array['hash', 'previous_hash'] order by matches.sequence desc), '[]') into rows
  from (select * from told order by sequence desc limit $3 + 1) as matches;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function private.list_license_events(uuid, bigint, int) is
  'Does the work of public.list_license_events. Definer: what was told of a subscription before it had its licence is for whoever reads licences.';
revoke execute on function private.list_license_events(uuid, bigint, int) from public;
grant execute on function private.list_license_events(uuid, bigint, int) to authenticated, service_role;

create or replace function public.list_license_events(license_id uuid, before_sequence bigint default null, page_size int default 50) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_license_events($1, $2, $3) $$;
