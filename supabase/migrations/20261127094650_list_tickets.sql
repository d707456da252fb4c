-- The desk's lists.

insert into private.export_subjects (subject, permission, filters) values ('tickets', 'tickets.export',
  '{folder,statuses,priorities,assigned_to,tags,channel,customer_id,license_id,created_from,created_to,is_assigned,'
  'is_answered,breached,sort,descending}');

insert into private.searchables (subject, permission, position) values ('tickets', 'tickets.read', 3);

create function private.folder_condition(folder text) returns text
language sql immutable set search_path = ''
as $$
  select case $1
    when 'all' then 'true'
    when 'inbox' then 'tickets.status = ''open'' and tickets.snoozed_until is null'
    when 'mine' then 'tickets.assigned_to = $1 and tickets.status in (''open'', ''in_progress'', ''waiting'')'
    when 'unassigned' then 'tickets.assigned_to is null and tickets.status in (''open'', ''in_progress'', ''waiting'')'
    when 'breaching' then 'tickets.warn_at <= now()'
    when 'snoozed' then 'tickets.snoozed_until is not null'
    when 'in_progress' then 'tickets.status = ''in_progress'''
    when 'waiting' then 'tickets.status = ''waiting'''
    when 'resolved' then 'tickets.status = ''resolved'''
    when 'closed' then 'tickets.status = ''closed''' end
$$;
comment on function private.folder_condition(text) is
  'The condition of a folder over tickets ($1: the caller), null for what is none. inbox is what waits for us and does '
  'not sleep; mine and unassigned are not over; breaching is late or nearly so.';

create function private.breach_condition(breached text) returns text
language sql immutable set search_path = ''
as $$
  select case $1
    when 'any' then 'tickets.is_breached'
    when 'several' then 'cardinality(tickets.missed_clocks) > 1'
    when 'first_response' then 'tickets.missed_clocks = ''{first_response}'''
    when 'next_response' then 'tickets.missed_clocks = ''{next_response}'''
    when 'resolution' then 'tickets.missed_clocks = ''{resolution}''' end
$$;
comment on function private.breach_condition(text) is
  'The condition of a broken promise over tickets, null for what is none: any; first_response, next_response or '
  'resolution alone; or several of them. A ticket of any is of one of the others.';

create function private.count_ticket_folders() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  staff_id uuid := (select auth.uid());
  folder text;
  counted bigint;
  answer jsonb := '{}';
begin
  perform private.require_permission('tickets.read');
  foreach folder in array array['inbox', 'mine', 'unassigned', 'in_progress', 'waiting', 'snoozed', 'breaching',
    'resolved', 'closed']
  loop
    -- What is past is counted so far and no further: nobody reads the rest of its digits.
    execute 'select count(*) from (select from public.support_tickets as tickets where merged_into is null and '
      || private.folder_condition(folder) || ' limit 10000) as counted' into counted using staff_id;
    answer := answer || jsonb_build_object(folder, counted);
  end loop;
  return answer;
end
$$;
comment on function private.count_ticket_folders() is
  'Does the work of public.count_ticket_folders. Definer: counts behind the policy.';
grant execute on function private.count_ticket_folders() to authenticated, service_role;

create function public.count_ticket_folders() returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.count_ticket_folders() $$;
comment on function public.count_ticket_folders() is
  'Tickets in each folder, 10,000 at most: {inbox, mine, unassigned, in_progress, waiting, snoozed, breaching, '
  'resolved, closed}. Needs tickets.read.';
revoke execute on function public.count_ticket_folders() from public, anon, authenticated, service_role;
grant execute on function public.count_ticket_folders() to authenticated, service_role;

create function private.ticket_headline(ticket public.support_tickets, wanted tsquery) returns text
language sql stable security definer set search_path = ''
as $$
  select ts_headline('private.french_unaccented', translate(said.body, e'\ue000\ue001', ''), wanted,
    e'StartSel=\ue000, StopSel=\ue001, MaxFragments=2, MaxWords=18, MinWords=6, FragmentDelimiter=" … "')
  from (
    select left(body, 20000) as body, created_at from public.ticket_messages
    where ticket_id = ticket.id and withdrawn_at is null
    union all
    select left(body, 20000), created_at from public.ticket_notes where ticket_id = ticket.id) as said
  order by to_tsvector('private.french_unaccented', said.body) @@ wanted desc, said.created_at desc limit 1
$$;
comment on function private.ticket_headline(public.support_tickets, tsquery) is
  'The place of a ticket that has the words looked for, between U+E000 and U+E001: marks no markup can be mistaken '
  'for. Definer: reads behind the policies.';

create function private.search_tickets(query text, folder text, statuses text[], priorities text[], assigned_to uuid,
  tags text[], channel text, customer_id uuid, license_id uuid, sort text, descending boolean, page int, page_size int,
  created_from date, created_to date, is_assigned boolean, is_answered boolean, breached text) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  needle text := nullif(private.clean_text(query), '');
  number_asked bigint := case when needle ~ '^#?[0-9]{1,15}$' then ltrim(needle, '#')::bigint end;
  staff_id uuid := (select auth.uid());
  wanted tsquery;
  conditions text := private.folder_condition(folder);
  direction text := case when descending then ' desc' else '' end;
  sort_by text := (select 'tickets.' || name
    from unnest(array['last_message_at', 'created_at', 'updated_at', 'number', 'due_at']) as name where name = sort);
  -- The tickets found by words: looked for once, for a phrase is read again in every vector that may hold it.
  found_ids uuid[];
  total bigint;
  rows jsonb;
begin
  perform private.require_permission('tickets.read');
  perform private.require_page(page, page_size, query);
  wanted := private.text_query(needle);
  if not coalesce(statuses, '{}') <@ array['open', 'in_progress', 'waiting', 'resolved', 'closed']
    or not coalesce(priorities, '{}') <@ array['low', 'medium', 'high', 'critical']
    or coalesce(channel, 'mail') not in ('client', 'mail', 'console') then
    perform private.fail('invalid_argument', 'There is no such status, priority or channel');
  elsif conditions is null then
    perform private.fail('invalid_argument', format('"%s" is not a folder', left(folder, 50)));
  elsif coalesce(sort not in ('relevance', 'priority'), true) and sort_by is null then
    perform private.fail('invalid_argument', format('"%s" is not a column to sort by', left(sort, 50)));
  elsif breached is not null and private.breach_condition(breached) is null then
    perform private.fail('invalid_argument', 'breached is any, first_response, next_response, resolution or several');
  end if;
  sort_by := case when sort = 'relevance' and needle is null then 'tickets.last_message_at'
    when sort = 'priority' then 'array_position(array[''low'',''medium'',''high'',''critical''], tickets.priority)'
    when sort = 'relevance' then 'rank' else sort_by end;
  -- What was merged is found by its words and its number, and stands in no folder.
  conditions := conditions || case when folder <> 'all' or needle is null then ' and tickets.merged_into is null'
      else '' end
    || case when statuses is not null and statuses <> '{}' then ' and tickets.status = any ($3)' else '' end
    || case when priorities is not null and priorities <> '{}' then ' and tickets.priority = any ($4)' else '' end
    || case when assigned_to is not null then ' and tickets.assigned_to = $5' else '' end
    || case when tags is not null and tags <> '{}' then ' and tickets.tags @> $6' else '' end
    || case when channel is not null then ' and tickets.channel = $7' else '' end
    || case when customer_id is not null then ' and tickets.customer_id = $8' else '' end
    || case when license_id is not null then ' and tickets.license_id = $9' else '' end
    || case when created_from is not null then ' and tickets.created_at >= $13' else '' end
    || case when created_to is not null then ' and tickets.created_at < $14' else '' end
    || case when is_assigned is not null then ' and (tickets.assigned_to is not null) = $15' else '' end
    || case when is_answered is not null then ' and (tickets.first_responded_at is not null) = $16' else '' end
    || coalesce(' and ' || private.breach_condition(breached), '');
  if needle is not null then
    found_ids := array(select private.tickets_with_words(wanted)
      union all select id from public.support_tickets where number = number_asked);
    if conditions = 'true' and number_asked is null then
      total := least(cardinality(found_ids), 10001);
    end if;
    -- Few are looked up by their ids; of many it is asked, ticket after ticket, whether it is among them.
    conditions := conditions || case when cardinality(found_ids) <= 2000 then ' and tickets.id = any ($17)'
      else ' and coalesce(tickets.id in (select unnest($17)), false)' end;
  end if;
  if total is null then
    execute 'select count(*) from (select from public.support_tickets as tickets where ' || conditions
      || ' limit 10001) as counted'
    into total using staff_id, wanted, statuses, priorities, assigned_to, tags, channel, customer_id, license_id,
      number_asked, page_size, 0, private.start_of_day(created_from), private.start_of_day(created_to + 1),
      is_assigned, is_answered, found_ids;
  end if;
  -- Ranking reads every vector: of a common word the newest two thousand are ranked.
  execute 'with found as (select tickets.*, ' || case when sort_by = 'rank'
      then 'case when tickets.number = $10 then 2::real else ts_rank((select texts.words from private.ticket_texts
        as texts where texts.ticket_id = tickets.id), $2) end' else '0::real' end || ' as rank
    from public.support_tickets as tickets where ' || conditions
    || case when sort_by = 'rank' and total > 2000 then ' order by tickets.updated_at desc limit 2000' else '' end
    || '),
    shown as (select * from found as tickets order by ' || sort_by || direction || ' nulls last,
      tickets.updated_at desc, tickets.id limit $11 offset $12)
    select coalesce(jsonb_agg(private.ticket_row(tickets) || jsonb_build_object(
      ''is_unread'', coalesce(tickets.last_message_at > coalesce(reads.read_at, ''-infinity''), false),
      ''headline'', case when $2 is not null then private.ticket_headline(tickets, $2) end)
      order by ' || replace(sort_by, 'tickets.', 'shown.') || direction || ' nulls last, shown.updated_at desc,
        shown.id), ''[]'')
    from shown join public.support_tickets as tickets on tickets.id = shown.id
    left join public.ticket_reads as reads on reads.ticket_id = shown.id and reads.user_id = $1'
  into rows using staff_id, wanted, statuses, priorities, assigned_to, tags, channel, customer_id, license_id,
    number_asked, page_size, (page - 1)::bigint * page_size, private.start_of_day(created_from),
    private.start_of_day(created_to + 1), is_assigned, is_answered, found_ids;
  return jsonb_build_object('total', least(total, 10000), 'is_more', total > 10000, 'rows', rows);
end
$$;
comment on function
  private.search_tickets(text, text, text[], text[], uuid, text[], text, uuid, uuid, text, boolean, int, int, date,
    date, boolean, boolean, text) is
  'Does the work of public.search_tickets. Definer: reads the index behind the policy.';
grant execute on function
  private.search_tickets(text, text, text[], text[], uuid, text[], text, uuid, uuid, text, boolean, int, int, date,
    date, boolean, boolean, text)
  to authenticated, service_role;

create function public.search_tickets(query text default null, folder text default 'all',
  page int default 1, page_size int default 25, statuses text[] default null, priorities text[] default null,
  assigned_to uuid default null, tags text[] default null, channel text default null, customer_id uuid default null,
  license_id uuid default null, sort text default 'last_message_at', descending boolean default true,
  created_from text default null, created_to text default null, is_assigned boolean default null,
  is_answered boolean default null, breached text default null) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select private.search_tickets($1, $2, $5, $6, $7, $8, $9, $10, $11, $12, $13, $3, $4,
    private.require_day($14, 'created_from'), private.require_day($15, 'created_to'), $16, $17, $18)
$$;
comment on function
  public.search_tickets(text, text, int, int, text[], text[], uuid, text[], text, uuid, uuid, text, boolean, text, text,
    boolean, boolean, text) is
  'A page of tickets. query finds words of subject, messages and notes, customer, tags, and the number (#1245); "a '
  'phrase", -without; folder is all, inbox, mine, unassigned, in_progress, waiting, snoozed, breaching, resolved or '
  'closed; tags are all of them; created_from and created_to are days of the business, both included; is_answered is '
  'whether we have answered; breached is any missed deadline, first_response, next_response or '
  'resolution when only that one was, several; sort is last_message_at, created_at, '
  'updated_at, number, due_at, priority or relevance. → {total (10,000 at most), is_more, rows: [ticket as '
  'private.ticket_row, is_unread, headline (between U+E000 and U+E001 what was found, null without a query)]}. '
  'Needs tickets.read. Errors: permission_denied, invalid_argument.';
revoke execute on function
  public.search_tickets(text, text, int, int, text[], text[], uuid, text[], text, uuid, uuid, text, boolean, text, text,
    boolean, boolean, text)
  from public, anon, authenticated, service_role;
grant execute on function
  public.search_tickets(text, text, int, int, text[], text[], uuid, text[], text, uuid, uuid, text, boolean, text, text,
    boolean, boolean, text)
  to authenticated, service_role;

create function private.find_tickets(query text, max_rows int) returns jsonb
language plpgsql stable security definer set search_path = '' set random_page_cost = 1.1
as $$
declare
  number_asked bigint := case when query ~ '^#?[0-9]{1,15}$' then ltrim(query, '#')::bigint end;
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('number', found.number, 'subject', found.subject,
      'status', found.status, 'customer_email', coalesce(customers.email,
        private.known_sender(found.from_address)))
      order by found.number = number_asked desc nulls last, found.updated_at desc), '[]')
    from (select tickets.* from public.support_tickets as tickets
      where tickets.id = any (array(select private.newest_tickets_with_words(private.text_query(query), max_rows)
        union all select id from public.support_tickets where number = number_asked))
      order by tickets.number = number_asked desc nulls last, tickets.updated_at desc limit max_rows) as found
    left join public.customers on customers.id = found.customer_id);
end
$$;
comment on function private.find_tickets(text, int) is
  'Tickets by number, subject, customer or words → [{number, subject, status, customer_email}]. Definer: reads behind '
  'the policy; never granted: private.find_anything asks for the permission.';
