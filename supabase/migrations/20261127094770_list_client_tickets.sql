-- What the product reads of its tickets: what is public, from the licence's own machine, after what it has read.

create function private.poll_cursor(moment timestamptz) returns text
language sql immutable set search_path = ''
as $$ select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
comment on function private.poll_cursor(timestamptz) is
  'A time of publication as a cursor: ISO 8601 in UTC, whole milliseconds, nothing in it that an address must escape.';

create function private.sent_ticket_files(message_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'type', content_type, 'size', size)
    order by created_at, id), '[]')
  from public.ticket_attachments where ticket_attachments.message_id = $1 and status = 'ready'
$$;
comment on function private.sent_ticket_files(uuid) is
  'Files of a message whose first bytes were read → [{id, name, type, size in bytes}]. Definer: reads behind the '
  'policies.';

create function private.list_client_tickets(license_id uuid, after timestamptz) returns jsonb
language sql stable security definer set search_path = ''
as $$
  with own as materialized (
    select * from public.support_tickets as tickets where tickets.merged_into is null
      and (tickets.license_id = $1 or tickets.id in (select merged.merged_into from public.support_tickets as merged
        where merged.license_id = $1 and merged.merged_into is not null))
  ), fresh as materialized (
    select said.id, said.ticket_id, said.sequence, said.author_kind, said.written_by, said.body, said.created_at,
      publications.published_at, row_number() over in_order as place, sum(length(said.body)) over in_order as so_far
    from own join public.ticket_messages as said on said.ticket_id = own.id
    join private.ticket_publications as publications on publications.message_id = said.id
    where private.is_public(said) and publications.published_at > coalesce($2, '-infinity')
    window in_order as (order by publications.published_at)
  ), page as materialized (
    select * from fresh where place <= 100 and (place = 1 or so_far <= 1000000)
  ), shown as (
    select own.id, own.number, own.subject, own.status, own.is_other_machine from own
    where own.id in (select page.ticket_id from page)
      or own.id in (select newest.id from own as newest order by newest.number desc limit 100)
  )
  select jsonb_build_object(
    'tickets', (select coalesce(jsonb_agg(jsonb_build_object('ticket_number', shown.number, 'subject', shown.subject,
        'status', shown.status, 'messages', (select coalesce(jsonb_agg(jsonb_build_object('id', page.id,
            'author', case page.author_kind when 'staff' then 'support' else 'customer' end,
            'by_support', page.author_kind = 'staff' or page.written_by is not null, 'body', page.body,
            'created_at', page.created_at, 'attachments',
            case when page.author_kind = 'staff' and not shown.is_other_machine
              then private.sent_ticket_files(page.id) else '[]' end) order by page.sequence), '[]')
          from page where page.ticket_id = shown.id)) order by shown.number), '[]') from shown),
    'after', private.poll_cursor(coalesce((select max(page.published_at) from page), $2)),
    'has_more', (select count(*) from fresh) > (select count(*) from page))
$$;
comment on function private.list_client_tickets(uuid, timestamptz) is
  'What a licence''s own machine reads: its newest 100 tickets, with what it may read of them that was published after '
  'that time; 100 messages or 1,000,000 characters at once. → {tickets: [{ticket_number, subject, status, messages: '
  '[{id, author (customer or support), by_support (also what support wrote in his name), body, created_at, '
  'attachments: [{id, name, type, size}]}]}], after (the cursor of the next poll), has_more}. Of staff '
  'nothing is told but what they wrote and the files beside it; those of a ticket that another machine has opened '
  'stay with staff. Definer: reads behind the policies.';

create function private.poll_client_tickets(ip text, license_key text, hwid text, after timestamptz,
  session text default null, out allowed boolean, out retry_after_seconds int, out code text, out message text,
  out answer jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known record;
  newest timestamptz := (select last_at from private.ticket_publication_clock);
  -- A cursor ahead of the clock would pass over what is yet to be said.
  since timestamptz := case when $4 > newest then newest else $4 end;
begin
  select admitted.allowed, admitted.retry_after_seconds into allowed, retry_after_seconds
  from private.admit_client_ticket($1, coalesce($5, $2), false) as admitted;
  if not allowed then
    return;
  end if;
  begin
    select * into known from private.client_license($2, $3, $5);
    answer := case when known.is_other_machine
      then jsonb_build_object('tickets', '[]'::jsonb, 'support_sessions', '[]'::jsonb,
        'after', private.poll_cursor(since), 'has_more', false)
      else private.list_client_tickets((known.license).id, since)
        || jsonb_build_object('support_sessions', private.told_sessions((known.license).id)) end;
  exception when others then
    get stacked diagnostics code = pg_exception_hint, message = message_text;
    if not exists (select from private.error_codes where error_codes.code = poll_client_tickets.code) then
      raise;
    end if;
  end;
end
$$;
comment on function private.poll_client_tickets(text, text, text, timestamptz, text) is
  'A poll of the product in one round trip: admission, then the answer of private.list_client_tickets with '
  'support_sessions (private.told_sessions), without history for another machine than the licence''s, or the code of '
  'its refusal. A time ahead of all that was said counts as the last of it. Definer: called by client-ticket only.';
