-- Whoever takes data out leaves an event.

create function private.record_export(subject text, format text, row_count int, filters jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.export_permission(subject) is null or format is null or format not in ('csv', 'xlsx', 'json')
     or row_count is null or row_count < 0 or length(filters::text) > 4000 then
    perform private.fail('invalid_argument',
      'subject is licenses, events, subscriptions or payments, format csv, xlsx or json, row_count not negative');
  end if;
  perform private.require_permission(private.export_permission(subject));
  perform private.record_event('export_created', null, jsonb_build_object('subject', subject, 'format', format,
    'row_count', row_count, 'filters', coalesce(filters, '{}')));
end
$$;
comment on function private.record_export(text, text, int, jsonb) is
  'Does the work of public.record_export. Definer: nobody inserts into events directly.';
grant execute on function private.record_export(text, text, int, jsonb) to authenticated, service_role;

create function public.record_export(subject text, format text, row_count int, filters jsonb default '{}') returns void
language sql volatile security invoker set search_path = '' as $$ select private.record_export($1, $2, $3, $4) $$;
comment on function public.record_export(text, text, int, jsonb) is
  'Audits an export made by the console: licenses, events, subscriptions or payments. Needs the export permission of '
  'that list. Errors (hint): permission_denied, invalid_argument.';
revoke execute on function public.record_export(text, text, int, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.record_export(text, text, int, jsonb) to authenticated, service_role;

create function private.export_permission(subject text) returns text
language sql immutable set search_path = ''
as $$ select case subject when 'licenses' then 'licenses.export' when 'events' then 'audit.export'
  when 'subscriptions' then 'subscriptions.export' when 'payments' then 'payments.export' end $$;
comment on function private.export_permission(text) is
  'The permission that exporting a list needs; null for no list of ours.';
