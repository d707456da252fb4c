-- Who looks at a ticket and who is writing in it: presence of Realtime on the private channel ticket:<number>. It is
-- never stored, and nobody joins who may not read tickets.

create policy messages_select_ticket_readers on realtime.messages for select to authenticated
  using ((select realtime.topic()) like 'ticket:%' and (select private.has_permission('tickets.read')));
create policy messages_insert_ticket_readers on realtime.messages for insert to authenticated
  with check ((select realtime.topic()) like 'ticket:%' and (select private.has_permission('tickets.read')));
