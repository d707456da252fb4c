-- Open consoles hear that lines came, four times a second at most, and fetch what they look for themselves: lines do
-- not fit into messages, and every delivered message counts.

-- Unlogged: after a crash the bell rings once more than it must.
create unlogged table private.log_doorbells (
  topic text primary key,
  rung_at timestamptz not null
);
comment on table private.log_doorbells is 'When each topic of the log was last rung.';
comment on column private.log_doorbells.topic is 'logs, or logs:<licence>';

alter table private.log_doorbells enable row level security;

create function private.ring_log_doorbell(topic text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Nobody waits for the bell: whoever holds it is ringing.
  if not pg_try_advisory_xact_lock(hashtextextended('private.log_doorbells:' || $1, 0))
    or exists (select from private.log_doorbells
      where log_doorbells.topic = $1 and rung_at > clock_timestamp() - interval '250 milliseconds') then
    return;
  end if;
  insert into private.log_doorbells values ($1, clock_timestamp())
  on conflict on constraint log_doorbells_pkey do update set rung_at = excluded.rung_at;
  perform realtime.send('{}', 'lines', $1, true);
end
$$;
comment on function private.ring_log_doorbell(text) is
  'Tells those who listen to a topic of the log that there is more, unless they were told within 250 ms. Listeners '
  'look once more 300 ms after the last ring. Definer: the table is private.';

create function private.forget_log_doorbells() returns int
language sql volatile security definer set search_path = ''
as $$
  with gone as (delete from private.log_doorbells where rung_at < now() - interval '1 day' returning 1)
  select count(*)::int from gone
$$;
comment on function private.forget_log_doorbells() is
  'Deletes doorbells of topics long silent. Definer: the table is private.';

create policy messages_select_log_readers on realtime.messages for select to authenticated
  using (((select realtime.topic()) = 'logs' or (select realtime.topic()) like 'logs:%')
    and (select private.has_permission('logs.read')));

select private.schedule_job('forget-log-doorbells', '20 3 * * *', 'select private.forget_log_doorbells()');
