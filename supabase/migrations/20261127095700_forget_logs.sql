-- A customer who asks to be forgotten takes the lines of his licences along, and those of servers that name an address
-- of his; what is counted follows.

insert into private.erasures (room) values ('logs');

create function private.delete_log_lines(condition text, license_ids uuid[], words text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  execute format($sql$
    with gone as (
      delete from public.logs where %s returning at, source_id, level, group_id, is_indexed
    ), counted as materialized (
      select date_trunc('minute', at) as minute, source_id, coalesce(level, '') as level, count(*)::int as lines
      from gone where is_indexed group by 1, 2, 3
    ), less_minutes as (
      update private.log_minutes as known set lines = known.lines - counted.lines from counted
      where known.minute = counted.minute and known.source_id = counted.source_id and known.level = counted.level
    ), less_group_hours as (
      update private.log_group_hours as known set lines = known.lines - hit.lines
      from (select group_id, date_trunc('hour', at, 'UTC') as hour, count(*) as lines from gone
        where is_indexed and group_id is not null group by 1, 2) as hit
      where known.group_id = hit.group_id and known.hour = hit.hour
    )
    update private.log_hours as known set lines = known.lines - hit.lines
    from (select date_trunc('hour', minute, 'UTC') as hour, source_id, level, sum(lines) as lines from counted
      group by 1, 2, 3) as hit
    where known.hour = hit.hour and known.source_id = hit.source_id and known.level = hit.level $sql$, condition)
  using license_ids, words, '%' || private.log_letters(words) || '%';
end
$$;
comment on function private.delete_log_lines(text, uuid[], text) is
  'Deletes lines that meet a condition of ours over $1 (licences), $2 (words) and $3 (their pattern), and takes them '
  'out of what is counted. Definer: the tables are private.';

create function private.erase_logs(customer_id uuid, addresses text[], address text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ids uuid[] := array(select id from public.licenses where licenses.customer_id = $1);
  his text;
begin
  -- The job that moves and counts lines would count what is gone.
  perform pg_advisory_xact_lock(hashtextextended('private.settle_log_lines', 0));
  perform private.delete_log_lines('license_id = any ($1)', ids, null);
  foreach his in array addresses loop
    perform private.delete_log_lines('license_id is null
      and private.log_letters(private.log_words(message, stack, context)) like $3
      and strpos(private.log_words(message, stack, context), $2) > 0', null, private.log_words(his, null, null));
  end loop;
  delete from private.log_license_hours where license_id = any (ids);
  delete from private.log_group_licenses where license_id = any (ids);
end
$$;
comment on function private.erase_logs(uuid, text[], text) is
  'Deletes the lines of a customer''s licences, and those of servers that hold an address of his; called by '
  'private.forget_customer. Definer: writes tables callers may not.';
