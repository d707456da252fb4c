-- Many who wait for one row wake one another in vain: each looks at the row again before it sleeps on. An advisory
-- lock hands the end of the chain from one transaction to the next.

create or replace function private.events_before_chain() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  -- The end of the chain inside this transaction; writing it to the table for every row
  -- would make one transaction's thousand events quadratic.
  head text := nullif(current_setting('private.audit_head', true), '');
begin
  if head is null then
    perform pg_advisory_xact_lock(hashtextextended('private.audit_head', 0));
    select audit_head.sequence || ':' || encode(audit_head.hash, 'hex') into head
    from private.audit_head for update;
  end if;
  new.sequence := split_part(head, ':', 1)::bigint + 1;
  new.previous_hash := decode(split_part(head, ':', 2), 'hex');
  new.hash := private.event_hash(new);
  perform set_config('private.audit_head', new.sequence || ':' || encode(new.hash, 'hex'), true);
  return new;
end
$$;
