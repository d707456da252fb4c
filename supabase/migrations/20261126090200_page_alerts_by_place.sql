-- Alerts of one transaction share their moment: a page that began before a moment would skip the rest of them.

drop function public.list_alerts(timestamptz, int);
create function public.list_alerts(before timestamptz default null, before_id uuid default null, page_size int default 30) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  rows jsonb;
begin
  perform private.require_permission('alerts.read');
  if page_size is null or page_size not between 1 and 200 then
    perform private.fail('invalid_argument', 'page_size must be between 1 and 200');
  end if;
  select coalesce(jsonb_agg(to_jsonb(matches) - 'dedupe_key' || jsonb_build_object('is_read',
    exists (select from public.alert_reads where alert_id = matches.id and user_id = (select auth.uid()))) order by matches.created_at desc, matches.id desc), '[]') into rows
  from (select * from public.alerts
    where $1 is null or (created_at, id) < ($1, coalesce($2, '00000000-0000-0000-0000-000000000000'))
    order by created_at desc, id desc limit page_size + 1) as matches;
  return jsonb_build_object('rows', case when jsonb_array_length(rows) > page_size then rows - page_size else rows end,
    'has_more', jsonb_array_length(rows) > page_size);
end
$$;
comment on function public.list_alerts(timestamptz, uuid, int) is
  'Alerts, newest first, after the place of the last one seen (its created_at and id); before alone means before that moment. → {rows: [alert + is_read], has_more}. Needs alerts.read.';
revoke execute on function public.list_alerts(timestamptz, uuid, int) from public;
grant execute on function public.list_alerts(timestamptz, uuid, int) to authenticated, service_role;

drop index public.alerts_created_at_idx;
create index alerts_created_at_idx on public.alerts (created_at desc, id desc);
