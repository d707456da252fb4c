-- Whoever takes data out leaves an event. What can be exported, and with which permission, is a row of its room.

create table private.export_subjects (
  subject text primary key,
  permission text not null,
  filters text[] not null default '{}',
  constraint subject_is_snake_case check (subject ~ '^[a-z][a-z_]{2,31}$'),
  constraint permission_is_dotted check (permission ~ '^[a-z]+\.[a-z_]+$')
);
comment on table private.export_subjects is 'Lists the console can export, and the permission each needs.';
comment on column private.export_subjects.subject is 'Name of the list, plural: licenses, payments …';

comment on column private.export_subjects.filters is
  'Filters of the list the audit keeps: all arguments of its search but what was typed into it';

alter table private.export_subjects enable row level security;

create function private.record_export(subject text, format text, row_count int, filters jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  exported private.export_subjects;
  -- What was typed into a search may be somebody's address; where one was in the list says nothing.
  kept jsonb := case when filters is null then '{}'
    when jsonb_typeof(filters) = 'object' then filters - array['query', 'page', 'page_size'] end;
begin
  select * into exported from private.export_subjects where export_subjects.subject = $1;
  if exported.subject is null or format is null or format not in ('csv', 'xlsx', 'json')
     or row_count is null or row_count < 0 or length(filters::text) > 4000 then
    perform private.fail('invalid_argument',
      'subject is a list that can be exported, format csv, xlsx or json, row_count not negative');
  end if;
  perform private.require_permission(exported.permission);
  if kept is null or exists (select from jsonb_each(kept)
      where not key = any (exported.filters)
        or jsonb_typeof(value) = 'object'
        or exists (select from jsonb_array_elements(case when jsonb_typeof(value) = 'array' then value else '[]' end)
          as item where jsonb_typeof(item) in ('object', 'array'))) then
    perform private.fail('invalid_argument', format('filters of %s are: %s', subject,
      array_to_string(exported.filters, ', ')));
  end if;
  perform private.record_event('export_created', 'export', subject, jsonb_build_object('format', format,
    'row_count', row_count, 'filters', kept,
    'is_search', nullif(filters ->> 'query', '') is not null));
  if subject = 'events' then
    -- What leaves is vouched for up to the export itself.
    perform private.call_edge_function('audit-seal');
  end if;
end
$$;
comment on function private.record_export(text, text, int, jsonb) is
  'Does the work of public.record_export. Definer: nobody inserts into events directly.';
grant execute on function private.record_export(text, text, int, jsonb) to authenticated, service_role;

create function public.record_export(subject text, format text, row_count int, filters jsonb default '{}') returns void
language sql volatile security invoker set search_path = '' as $$ select private.record_export($1, $2, $3, $4) $$;
comment on function public.record_export(text, text, int, jsonb) is
  'Audits an export made by the console: one of private.export_subjects. filters are the arguments of its search; what '
  'was typed is not kept. Needs the permission of that list. Errors: permission_denied, invalid_argument.';
revoke execute on function public.record_export(text, text, int, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.record_export(text, text, int, jsonb) to authenticated, service_role;
