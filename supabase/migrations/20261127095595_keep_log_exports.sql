-- What becomes of exports that are made: fetched through a link, removed when they expire or a customer is forgotten.

create function private.open_log_export(export_id uuid, token text, resumes boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  link private.log_export_links;
  export public.log_exports;
begin
  select * into link from private.log_export_links
  where token_hash = sha256(convert_to($2, 'UTF8')) and log_export_links.export_id = $1
    and (expires_at > now() or $3 and opened_at > now() - interval '1 hour') for update;
  select * into export from public.log_exports where id = link.export_id and state = 'done' and removed_at is null;
  if export.id is null or not private.staff_may(link.created_by, 'logs.export') then
    perform private.fail('log_export_link_gone', 'The link has expired, or the file was removed');
  end if;
  update private.log_export_links set opened_at = now() where token_hash = link.token_hash and opened_at is null;
  return jsonb_build_object('format', export.format, 'name', 'logs-' || to_char(export.created_at
      at time zone export.time_zone, 'YYYY-MM-DD-HH24MI') || '.' || export.format, 'bytes', export.byte_count,
    'parts', (select coalesce(jsonb_agg(jsonb_build_object('object', parts.object, 'bytes', parts.bytes)
      order by parts.number), '[]') from private.log_export_parts as parts where parts.export_id = $1));
end
$$;
comment on function private.open_log_export(uuid, text, boolean) is
  'What a link leads to; resumes: not from the first byte. → {format, name, bytes, parts: [{object, bytes}] in order}. '
  'Errors: log_export_link_gone (404), also when who asked for it may not export any more. Definer: called by '
  'log-export only.';

create function private.unwanted_log_export_objects(most int default 100) returns setof text
language sql stable security definer set search_path = ''
as $$
  select name from storage.objects where bucket_id = 'log-exports'
    and not exists (select from private.log_export_parts as parts where parts.object = objects.name)
  limit most
$$;
comment on function private.unwanted_log_export_objects(int) is
  'Objects of removed exports, and parts that came too late. Definer: reads behind the policies of Storage.';

create function private.sweep_log_exports() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.log_exports set removed_at = now(), query = '' where removed_at is null and expires_at < now();
  delete from private.log_export_work as work
  where exists (select from public.log_exports where id = work.export_id and removed_at is not null);
  delete from private.log_export_links where expires_at < now() - interval '1 day';
  if exists (select from private.due_log_exports()) or exists (select from private.unwanted_log_export_objects(1)) then
    perform private.call_edge_function('log-export');
  end if;
end
$$;
comment on function private.sweep_log_exports() is
  'Removes exports that have expired, and calls log-export when an export waits for a worker or an object for its '
  'removal. Definer: run by its job.';

create function private.erase_log_exports(customer_id uuid, addresses text[], address text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Files are not searched line by line: whatever is written may hold his. Made again, they hold them no more.
  update public.log_exports set state = 'failed', failure = 'customer_forgotten', finished_at = now(),
    expires_at = now() + make_interval(days => private.setting_int('log_export_days')), line_count = 0,
    byte_count = 0, part_count = 0, searched_to = null
  where removed_at is null and (part_count > 0 or state = 'running');
  update public.log_exports set removed_at = now(), query = '',
    state = case when finished_at is null then 'cancelled' else state end,
    finished_at = coalesce(finished_at, now()), expires_at = coalesce(expires_at, now())
  where removed_at is null and exists (select from unnest(addresses) as his where position(his in lower(query)) > 0);
  delete from private.log_export_work as work
  where exists (select from public.log_exports where id = work.export_id and removed_at is not null);
  update private.log_export_work set cursor_at = null, cursor_id = null, run = run + 1, leased_until = null;
  delete from private.log_export_parts;
end
$$;
comment on function private.erase_log_exports(uuid, text[], text) is
  'Takes away the files of all exports, and those exports that name an address of a customer; called by '
  'private.forget_customer. Definer: writes tables callers may not.';

select private.schedule_job('sweep-log-exports', '10 seconds', 'select private.sweep_log_exports()');
