-- Customers by rule, as figures, lists and reports take them.

create function private.segment_customers(segment text) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
declare
  found uuid[];
begin
  case segment
    when 'active' then
      found := array(select distinct customer_id from public.licenses where deleted_at is null and revoked_at is null
        and expires_at > now() and last_check_in > now() - interval '7 days');
    when 'inactive' then
      found := array(select customer_id from public.licenses where deleted_at is null and revoked_at is null
        and expires_at > now() group by customer_id
        having max(coalesce(last_check_in, '-infinity')) <= now() - interval '7 days');
    when 'churned' then
      found := array(select customer_id from public.mrr_movements group by customer_id having sum(amount_cents) <= 0);
    when 'never_activated' then
      found := array(select customer_id from public.licenses where deleted_at is null group by customer_id
        having max(last_check_in) is null);
    when 'new' then
      found := array(select customer_id from public.mrr_movements group by customer_id
        having min(occurred_at) > now() - interval '30 days');
    when 'in_grace' then
      found := array(select customer_id from public.licenses where deleted_at is null and revoked_at is null
        group by customer_id having max(grace_until) > now() and max(expires_at) <= now());
    when 'big' then
      -- The tenth of those who pay that pays most.
      found := array(select customer_id from (
          select customer_id, percent_rank() over (order by sum(amount_cents) desc) as place
          from public.mrr_movements where currency = private.setting_text('business_currency')
          group by customer_id having sum(amount_cents) > 0) as paying
        where place <= 0.1);
    else
      perform private.fail('invalid_argument', format('"%s" is not a segment', left(segment, 50)));
  end case;
  return found;
end
$$;
comment on function private.segment_customers(text) is
  'Customers of a segment: active (a licence in force and a check-in within 7 days), inactive (in force, none for 7 '
  'days), churned (their last paid licence ended), never_activated (no check-in ever), new (paid first within 30 '
  'days), in_grace, big (the tenth that pays most). Errors: invalid_argument. Definer: reads behind the policies.';
