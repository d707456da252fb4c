-- Subject, state, priority, assignee, tags and customer of a ticket, and two tickets made one.

create function private.require_assignee(staff_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not exists (select from public.staff
    join private.role_permissions on role_permissions.role = staff.role and permission = 'tickets.reply'
    where staff.user_id = $1 and staff.is_active) then
    perform private.fail('ticket_assignee_refused', 'Nobody of that id answers tickets');
  end if;
end
$$;
comment on function private.require_assignee(uuid) is
  'Refuses an assignee who is not active staff that answers tickets. Errors: ticket_assignee_refused. Definer: reads '
  'behind the policy.';

create function private.list_ticket_assignees() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('tickets.read');
  return (select coalesce(jsonb_agg(jsonb_build_object('user_id', staff.user_id, 'display_name', staff.display_name)
      order by staff.display_name, staff.user_id), '[]')
    from public.staff join private.role_permissions on role_permissions.role = staff.role
      and permission = 'tickets.reply'
    where staff.is_active);
end
$$;
comment on function private.list_ticket_assignees() is
  'Does the work of public.list_ticket_assignees. Definer: support may not read the staff.';
grant execute on function private.list_ticket_assignees() to authenticated, service_role;

create function public.list_ticket_assignees() returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_ticket_assignees() $$;
comment on function public.list_ticket_assignees() is
  'Who can be given a ticket: → [{user_id, display_name}]. Needs tickets.read.';
revoke execute on function public.list_ticket_assignees() from public, anon, authenticated, service_role;
grant execute on function public.list_ticket_assignees() to authenticated, service_role;

create function private.ticket_tags(value jsonb) returns text[]
language plpgsql volatile set search_path = ''
as $$
declare
  given text[];
begin
  if $1 is null or jsonb_typeof($1) = 'null' then
    return '{}';
  elsif jsonb_typeof($1) <> 'array' or exists (select from jsonb_array_elements($1) as tag
      where jsonb_typeof(tag) <> 'string') then
    perform private.fail('invalid_argument', 'tags is an array of words');
  end if;
  given := array(select distinct lower(btrim(private.clean_text(tag))) as word
    from jsonb_array_elements_text($1) as tag order by word);
  if cardinality(given) > 20 or exists (select from unnest(given) as tag
      where length(tag) not between 1 and 40 or tag ~ '[\u0001-\u001f\u007f,]') then
    perform private.fail('invalid_ticket_tag', 'A ticket takes 20 tags of 1 to 40 characters each, without commas');
  end if;
  return given;
end
$$;
comment on function private.ticket_tags(jsonb) is
  'Tags as they are kept: lower case, each once, in order. Errors: invalid_argument, invalid_ticket_tag.';

create function private.ticket_change(changes jsonb, key text, kind text) returns text
language plpgsql volatile set search_path = ''
as $$
begin
  if jsonb_typeof(changes -> key) not in ('string', 'null')
    or (kind <> 'text' and not pg_input_is_valid(changes ->> key, kind)) then
    perform private.fail('invalid_argument', format('%s is a %s', key, kind));
  end if;
  return changes ->> key;
end
$$;
comment on function private.ticket_change(jsonb, text, text) is
  'A value of the changes, null when it is null or not there; kind is text, uuid or timestamptz. Errors: '
  'invalid_argument.';

create function private.update_ticket(ticket_number bigint, changes jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
  unknown text;
  owner uuid;
begin
  perform private.require_permission('tickets.update');
  if changes is null or jsonb_typeof(changes) <> 'object' then
    perform private.fail('invalid_argument', 'changes is an object');
  end if;
  select key into unknown from jsonb_object_keys(changes) as key where key not in ('subject', 'status', 'priority',
    'assigned_to', 'tags', 'add_tags', 'remove_tags', 'license_id', 'customer_id', 'snoozed_until') limit 1;
  if unknown is not null then
    perform private.fail('invalid_argument', format('"%s" of a ticket is not changed so', left(unknown, 50)));
  end if;
  ticket := private.locked_ticket($1);
  if changes ? 'subject' then
    ticket.subject := private.ticket_subject(private.ticket_change(changes, 'subject', 'text'));
  end if;
  if changes ? 'status' then
    perform private.require_transition(ticket, private.ticket_change(changes, 'status', 'text'), 'staff');
    ticket.status := changes ->> 'status';
  end if;
  if changes ? 'priority' then
    ticket.priority := private.ticket_change(changes, 'priority', 'text');
    if ticket.priority is null or ticket.priority not in ('low', 'medium', 'high', 'critical') then
      perform private.fail('invalid_argument', 'priority is low, medium, high or critical');
    end if;
  end if;
  if changes ? 'assigned_to' then
    ticket.assigned_to := private.ticket_change(changes, 'assigned_to', 'uuid');
    if ticket.assigned_to is not null then
      perform private.require_assignee(ticket.assigned_to);
    end if;
  end if;
  if changes ? 'tags' then
    ticket.tags := private.ticket_tags(changes -> 'tags');
  end if;
  if changes ?| array['add_tags', 'remove_tags'] then
    ticket.tags := private.ticket_tags(to_jsonb(array(
      select unnest(ticket.tags || private.ticket_tags(changes -> 'add_tags'))
      except select unnest(private.ticket_tags(changes -> 'remove_tags')))));
  end if;
  if changes ? 'snoozed_until' then
    ticket.snoozed_until := private.ticket_change(changes, 'snoozed_until', 'timestamptz');
    if ticket.snoozed_until <= now() or ticket.snoozed_until > now() + interval '1 year' then
      perform private.fail('invalid_argument', 'A ticket sleeps until some time of the coming year');
    elsif ticket.snoozed_until is not null and ticket.status in ('resolved', 'closed') then
      perform private.fail('ticket_transition_refused', format('A ticket that is %s does not sleep', ticket.status));
    end if;
  end if;
  if changes ? 'customer_id' then
    owner := private.ticket_change(changes, 'customer_id', 'uuid');
    if owner is null or not exists (select from public.customers where customers.id = owner) then
      perform private.fail('customer_not_found', 'No such customer');
    elsif exists (select from public.customers where customers.id = owner and anonymized_at is not null) then
      perform private.fail('customer_forgotten', 'The customer was forgotten: nobody is there to answer');
    elsif owner is distinct from ticket.customer_id then
      ticket.customer_id := owner;
      ticket.license_id := null;
      ticket.from_address := null;
    end if;
  end if;
  if changes ? 'license_id' then
    ticket.license_id := private.ticket_change(changes, 'license_id', 'uuid');
    if ticket.license_id is not null then
      select licenses.customer_id into owner from public.licenses
      where licenses.id = ticket.license_id and deleted_at is null;
      if owner is null then
        perform private.fail('license_not_found', 'No such licence');
      elsif ticket.customer_id is not null and owner <> ticket.customer_id then
        perform private.fail('invalid_argument', 'The licence is another customer''s');
      end if;
      ticket.customer_id := owner;
      ticket.from_address := null;
    end if;
  end if;
  update public.support_tickets set subject = ticket.subject, status = ticket.status, priority = ticket.priority,
    assigned_to = ticket.assigned_to, tags = ticket.tags, snoozed_until = ticket.snoozed_until,
    customer_id = ticket.customer_id, license_id = ticket.license_id, from_address = ticket.from_address
  where id = ticket.id;
  return private.answered_ticket(ticket.id);
end
$$;
comment on function private.update_ticket(bigint, jsonb) is
  'Does the work of public.update_ticket. Definer: callers may not write tickets.';
grant execute on function private.update_ticket(bigint, jsonb) to authenticated, service_role;

create function public.update_ticket(ticket_number bigint, changes jsonb default '{}') returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.update_ticket($1, $2) $$;
comment on function public.update_ticket(bigint, jsonb) is
  'Changes a ticket: what is left out of changes stays, null clears. changes is {subject, status, priority, '
  'assigned_to, tags (all of them), add_tags, remove_tags (the others stay), license_id, customer_id, snoozed_until}; '
  'another customer takes the licence off, and makes a '
  'sender nobody knew known. → the ticket as private.ticket_row. Needs tickets.update. Errors: invalid_argument, '
  'invalid_ticket_subject, invalid_ticket_tag, ticket_assignee_refused, ticket_not_found, customer_not_found, '
  'license_not_found (404), ticket_merged, ticket_transition_refused (409).';
revoke execute on function public.update_ticket(bigint, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.update_ticket(bigint, jsonb) to authenticated, service_role;

create function private.confirm_ticket_sender(ticket_number bigint) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ticket public.support_tickets;
begin
  perform private.require_permission('tickets.update');
  ticket := private.locked_ticket($1);
  if ticket.from_address is not null then
    if not private.is_email(ticket.from_address) then
      perform private.fail('invalid_email', format('"%s" is not an e-mail address', left(ticket.from_address, 100)));
    end if;
    update public.support_tickets set customer_id = private.ensure_customer(ticket.from_address), from_address = null
    where id = ticket.id;
    update public.customers set name = ticket.from_name
    where id = (select customer_id from public.support_tickets where id = ticket.id) and name is null
      and ticket.from_name is not null and ticket.from_name !~ '[\u0001-\u001f\u007f]';
  end if;
  return private.answered_ticket(ticket.id);
end
$$;
comment on function private.confirm_ticket_sender(bigint) is
  'Does the work of public.confirm_ticket_sender. Definer: callers may not write customers.';
grant execute on function private.confirm_ticket_sender(bigint) to authenticated, service_role;

create function public.confirm_ticket_sender(ticket_number bigint) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.confirm_ticket_sender($1) $$;
comment on function public.confirm_ticket_sender(bigint) is
  'Makes the sender of a ticket, whom nobody knew, a customer under his address. → the ticket. Needs tickets.update. '
  'Errors: invalid_email, ticket_not_found (404), ticket_merged (409).';
revoke execute on function public.confirm_ticket_sender(bigint) from public, anon, authenticated, service_role;
grant execute on function public.confirm_ticket_sender(bigint) to authenticated, service_role;

create function private.merge_tickets(ticket_number bigint, into_number bigint) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  source public.support_tickets;
  target public.support_tickets;
  latest record;
begin
  perform private.require_permission('tickets.update');
  if $1 = $2 then
    perform private.fail('invalid_argument', 'A ticket is not merged with itself');
  end if;
  -- In one order, so that two merges the other way round do not wait for each other.
  perform from public.support_tickets where number in ($1, $2) order by number for update;
  select * into source from public.support_tickets where number = $1;
  if source.merged_into is not null
    and source.merged_into = (select id from public.support_tickets where number = $2) then
    return private.answered_ticket(source.merged_into);
  end if;
  source := private.locked_ticket($1);
  target := private.locked_ticket($2);
  if source.customer_id is not null and source.customer_id is distinct from target.customer_id then
    perform private.fail('ticket_merge_refused', 'Two customers'' tickets are not made one: each would read the other');
  end if;
  -- Words of a sender nobody has confirmed, and answers to him, stay among staff.
  update public.ticket_messages set ticket_id = target.id,
    is_verified = is_verified and (source.customer_id is not null
      or source.from_address is not distinct from target.from_address)
  where ticket_id = source.id;
  insert into private.ticket_participants (ticket_id, address, accepted_by, accepted_at)
  select target.id, part.address, part.accepted_by, part.accepted_at from private.ticket_participants as part
  where part.ticket_id = source.id and source.customer_id is not null
  on conflict on constraint ticket_participants_pkey do nothing;
  update public.ticket_notes set ticket_id = target.id where ticket_id = source.id;
  insert into public.ticket_drafts as draft (ticket_id, user_id, kind, body)
  select target.id, moved.user_id, moved.kind, moved.body from public.ticket_drafts as moved
  where moved.ticket_id = source.id
  on conflict on constraint ticket_drafts_pkey do update
    set body = draft.body || e'\n\n' || excluded.body;
  delete from public.ticket_drafts where ticket_id = source.id;
  update public.ticket_attachments set ticket_id = target.id where ticket_id = source.id;
  update public.support_tickets set merged_into = target.id where merged_into = source.id;
  update public.support_tickets set status = 'closed', merged_into = target.id where id = source.id;
  select author_kind, created_at into latest from public.ticket_messages
  where ticket_id = target.id and kind = 'message' and withdrawn_at is null and is_verified
  order by sequence desc limit 1;
  perform private.set_ticket_actor(null, jsonb_build_object('merged', source.number));
  update public.support_tickets set tags = array(select distinct tag from unnest(target.tags || source.tags) as tag
      order by tag limit 20),
    license_id = coalesce(target.license_id, case when source.customer_id is not null then source.license_id end),
    is_other_machine = is_other_machine or source.is_other_machine,
    last_author = latest.author_kind, last_message_at = latest.created_at,
    -- A duplicate that waits for an answer makes what it goes on in wait for one.
    status = case when source.status in ('open', 'in_progress') and target.status in ('resolved', 'closed') then 'open'
      else status end
  where id = target.id;
  perform private.set_ticket_actor(null);
  perform private.note_ticket_event(source.id, 'merged', jsonb_build_object('into', target.number));
  perform private.note_ticket_event(target.id, 'merged', jsonb_build_object('from', source.number));
  return private.answered_ticket(target.id);
end
$$;
comment on function private.merge_tickets(bigint, bigint) is
  'Does the work of public.merge_tickets. Definer: callers may not write tickets.';
grant execute on function private.merge_tickets(bigint, bigint) to authenticated, service_role;

create function public.merge_tickets(ticket_number bigint, into_number bigint) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.merge_tickets($1, $2) $$;
comment on function public.merge_tickets(bigint, bigint) is
  'Makes one ticket go on in another: messages, notes, drafts, attachments and tags move, the first stays closed and '
  'says where it went. Twice is once. → the ticket that goes on. Needs tickets.update. Errors: invalid_argument, '
  'ticket_not_found (404), ticket_merged, ticket_merge_refused (409): two customers'' tickets are never made one.';
revoke execute on function public.merge_tickets(bigint, bigint) from public, anon, authenticated, service_role;
grant execute on function public.merge_tickets(bigint, bigint) to authenticated, service_role;
