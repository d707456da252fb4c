-- The desk's lists, and one ticket whole.

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
    || case when needle is not null then ' and (tickets.number = $10 or texts.words @@ $2)' else '' end
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
  execute 'select count(*) from (select from public.support_tickets as tickets '
    || case when needle is not null then 'join private.ticket_texts as texts on texts.ticket_id = tickets.id ' else ''
      end
    || 'where ' || conditions || ' limit 10001) as counted'
  into total using staff_id, wanted, statuses, priorities, assigned_to, tags, channel, customer_id, license_id,
    number_asked, page_size, 0, private.start_of_day(created_from), private.start_of_day(created_to + 1), is_assigned,
    is_answered;
  -- Ranking reads every vector: of a common word the newest two thousand are ranked.
  execute 'with found as (select tickets.*'
    || case when needle is not null then ', case when tickets.number = $10 then 2::real
      else ts_rank(texts.words, $2) end as rank' else ', 0::real as rank' end
    || ' from public.support_tickets as tickets '
    || case when needle is not null then 'join private.ticket_texts as texts on texts.ticket_id = tickets.id ' else ''
      end
    || 'where ' || conditions || case when sort = 'relevance' and needle is not null and total > 2000
      then ' order by tickets.updated_at desc limit 2000' else '' end || '),
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
    private.start_of_day(created_to + 1), is_assigned, is_answered;
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
      join private.ticket_texts as texts on texts.ticket_id = tickets.id
      where tickets.number = number_asked or texts.words @@ private.text_query(query)
      order by tickets.number = number_asked desc nulls last, tickets.updated_at desc limit max_rows) as found
    left join public.customers on customers.id = found.customer_id);
end
$$;
comment on function private.find_tickets(text, int) is
  'Tickets by number, subject, customer or words → [{number, subject, status, customer_email}]. Definer: reads behind '
  'the policy; never granted: private.find_anything asks for the permission.';

create function private.get_ticket(ticket_number bigint) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  staff_id uuid := (select auth.uid());
begin
  perform private.require_permission('tickets.read');
  select * into ticket from public.support_tickets where number = $1;
  if ticket.id is null then
    perform private.fail('ticket_not_found', format('There is no ticket #%s', $1));
  end if;
  return private.ticket_row(ticket) || jsonb_build_object(
    'messages', (select coalesce(jsonb_agg(to_jsonb(said)
        - array['ticket_id', 'idempotency_key', 'message_id', 'undo']
        || jsonb_build_object('author_name', coalesce(staff.display_name, said.from_name)) order by said.sequence),
        '[]')
      from public.ticket_messages as said left join public.staff on staff.user_id = said.author_id
      where said.ticket_id = ticket.id),
    'notes', (select coalesce(jsonb_agg(to_jsonb(noted) - array['ticket_id', 'idempotency_key']
        || jsonb_build_object('author_name', staff.display_name) order by noted.created_at, noted.id), '[]')
      from public.ticket_notes as noted left join public.staff on staff.user_id = noted.author_id
      where noted.ticket_id = ticket.id),
    'drafts', (select coalesce(jsonb_agg(to_jsonb(draft) - array['ticket_id', 'user_id']), '[]')
      from public.ticket_drafts as draft where draft.ticket_id = ticket.id and draft.user_id = staff_id),
    'attachments', (select coalesce(jsonb_agg(private.ticket_file(files) order by files.created_at, files.id), '[]')
      from public.ticket_attachments as files where files.ticket_id = ticket.id
        and (files.draft_kind is null or files.uploaded_by = staff_id)),
    'timeline', (select coalesce(jsonb_agg(to_jsonb(happened) - 'ticket_id'
        || jsonb_build_object('actor_name', staff.display_name) order by happened.id), '[]')
      from public.ticket_events as happened left join public.staff on staff.user_id = happened.actor_id
      where happened.ticket_id = ticket.id),
    'sla', private.ticket_sla(ticket),
    'read_at', (select read_at from public.ticket_reads where ticket_id = ticket.id and user_id = staff_id),
    'customer', (select to_jsonb(shown) from (select customers.id, customers.email, customers.name, customers.company,
        customers.locale, customers.anonymized_at from public.customers where customers.id = ticket.customer_id)
      as shown),
    'license', (select jsonb_build_object('id', licenses.id, 'license_key_hint', licenses.license_key_hint,
        'plan', licenses.plan, 'status', private.license_state(licenses), 'expires_at', licenses.expires_at,
        'last_check_in', licenses.last_check_in, 'client_version', licenses.client_version,
        'client_os', licenses.client_os, 'is_of_ticket', licenses.id is not distinct from ticket.license_id)
      from public.licenses where licenses.deleted_at is null and (licenses.id = ticket.license_id
        or ticket.license_id is null and licenses.customer_id = ticket.customer_id)
      order by licenses.created_at desc limit 1),
    'last_payment', (select jsonb_build_object('id', payments.id, 'amount', payments.amount,
        'currency', payments.currency, 'status', payments.status, 'payment_date', payments.payment_date)
      from public.payments where payments.customer_id = ticket.customer_id
      order by payments.payment_date desc limit 1),
    'last_refusal', (select to_jsonb(checks) from (select license_checks.code, license_checks.checked_at,
        license_checks.times from private.license_checks
        join public.licenses on licenses.id = license_checks.license_id
        where licenses.customer_id = ticket.customer_id and license_checks.code not in ('VALID', 'GRACE_PERIOD')
        order by license_checks.checked_at desc limit 1) as checks),
    'related', (select coalesce(jsonb_agg(jsonb_build_object('number', other.number, 'subject', other.subject,
        'status', other.status, 'created_at', other.created_at) order by other.created_at desc), '[]')
      from (select * from public.support_tickets as others where others.id <> ticket.id
        and (others.customer_id = ticket.customer_id
          or others.from_address = private.known_sender(ticket.from_address))
        and others.merged_into is null order by others.created_at desc limit 10) as other));
end
$$;
comment on function private.get_ticket(bigint) is
  'Does the work of public.get_ticket. Definer: reads behind the policies.';
grant execute on function private.get_ticket(bigint) to authenticated, service_role;

create function public.get_ticket(ticket_number bigint) returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.get_ticket($1) $$;
comment on function public.get_ticket(bigint) is
  'One ticket whole: → private.ticket_row with messages, notes, drafts and attachments (of drafts the caller''s own), '
  'timeline, sla '
  '(private.ticket_sla), read_at, '
  'customer, license (its own, else the customer''s newest: is_of_ticket), last_payment, last_refusal of a licence '
  'check, related (ten newest of the same customer). Needs tickets.read. Errors: ticket_not_found (404).';
revoke execute on function public.get_ticket(bigint) from public, anon, authenticated, service_role;
grant execute on function public.get_ticket(bigint) to authenticated, service_role;
