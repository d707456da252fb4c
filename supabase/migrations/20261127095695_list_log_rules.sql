-- Reading rules and what they told; and what they hold of a customer who is forgotten.

create function private.list_log_rules() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('logs.read');
  return (select jsonb_build_object('rows', coalesce(jsonb_agg(private.log_rule_row(rules)
      order by rules.is_enabled desc, lower(rules.name), rules.id), '[]'))
    from public.log_rules as rules where rules.deleted_at is null);
end
$$;
comment on function private.list_log_rules() is
  'Does the work of public.list_log_rules. Definer: reads behind the policies.';
grant execute on function private.list_log_rules() to authenticated, service_role;

create function public.list_log_rules() returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_log_rules() $$;
comment on function public.list_log_rules() is
  'Rules by name, paused ones last. → {rows: [{id, name, kind, query, counted_by, threshold, minutes, factor, '
  'cool_down_minutes, severity, channels, is_enabled, enabled_at, firing_count (keys that fire now), last_fired_at, '
  'firings (of 7 days), created_by, created_by_name, created_at}]}. Needs logs.read. Errors: permission_denied.';
revoke execute on function public.list_log_rules() from public, anon, authenticated, service_role;
grant execute on function public.list_log_rules() to authenticated, service_role;

create function private.list_log_firings(rule_id uuid, before_id bigint, page_size int) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  rows jsonb;
begin
  perform private.require_permission('logs.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  end if;
  select coalesce(jsonb_agg(to_jsonb(firing) - 'created_at' order by firing.id desc), '[]') into rows
  from (select * from public.log_firings as firings where firings.rule_id = $1 and ($2 is null or firings.id < $2)
    order by id desc limit page_size + 1) as firing;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function private.list_log_firings(uuid, bigint, int) is
  'Does the work of public.list_log_firings. Definer: reads behind the policies.';
grant execute on function private.list_log_firings(uuid, bigint, int) to authenticated, service_role;

create function public.list_log_firings(rule_id uuid, before_id bigint default null, page_size int default 30)
returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_log_firings($1, $2, $3) $$;
comment on function public.list_log_firings(uuid, bigint, int) is
  'Firings of a rule, the newest first, before one of them. → {rows: [{id, rule_id, key, label, fired_at, ended_at, '
  'lines, line_refs: [{id, at}], alert_id}], has_more}. Needs logs.read. Errors: permission_denied, invalid_argument.';
revoke execute on function public.list_log_firings(uuid, bigint, int) from public, anon, authenticated, service_role;
grant execute on function public.list_log_firings(uuid, bigint, int) to authenticated, service_role;

create function private.erase_log_rules(customer_id uuid, addresses text[], address text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Nobody is left whom such a rule could be about.
  update public.log_rules set query = '', tree = '{"and": []}', is_enabled = false,
    deleted_at = coalesce(deleted_at, now())
  where exists (select from unnest(addresses) as searched where position(searched in lower(query)) > 0);
end
$$;
comment on function private.erase_log_rules(uuid, text[], text) is
  'Ends rules that name a customer by an address of his, and empties their query; called by private.forget_customer. '
  'Definer: writes tables callers may not.';
