-- Whoever takes data out leaves an event. What can be exported, and with which permission, is a row of its room.

create table private.export_subjects (
  subject text primary key,
  permission text not null,
  constraint subject_is_snake_case check (subject ~ '^[a-z][a-z_]{2,31}$'),
  constraint permission_is_dotted check (permission ~ '^[a-z]+\.[a-z_]+$')
);
comment on table private.export_subjects is 'Lists the console can export, and the permission each needs.';
comment on column private.export_subjects.subject is 'Name of the list, plural: licenses, payments …';

alter table private.export_subjects enable row level security;

create function private.record_export(subject text, format text, row_count int, filters jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  needed text := (select permission from private.export_subjects where export_subjects.subject = $1);
begin
  if needed is null or format is null or format not in ('csv', 'xlsx', 'json')
     or row_count is null or row_count < 0 or length(filters::text) > 4000 then
    perform private.fail('invalid_argument',
      'subject is a list that can be exported, format csv, xlsx or json, row_count not negative');
  end if;
  perform private.require_permission(needed);
  perform private.record_event('export_created', 'export', subject, jsonb_build_object('format', format,
    -- What was typed into a search may be somebody's address.
    'row_count', row_count, 'filters', coalesce(filters, '{}') - 'query',
    'is_search', nullif(filters ->> 'query', '') is not null));
end
$$;
comment on function private.record_export(text, text, int, jsonb) is
  'Does the work of public.record_export. Definer: nobody inserts into events directly.';
grant execute on function private.record_export(text, text, int, jsonb) to authenticated, service_role;

create function public.record_export(subject text, format text, row_count int, filters jsonb default '{}') returns void
language sql volatile security invoker set search_path = '' as $$ select private.record_export($1, $2, $3, $4) $$;
comment on function public.record_export(text, text, int, jsonb) is
  'Audits an export made by the console: one of private.export_subjects. Needs the permission of that list. Errors: '
  'permission_denied, invalid_argument.';
revoke execute on function public.record_export(text, text, int, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.record_export(text, text, int, jsonb) to authenticated, service_role;
