-- How firings are told: one alert a rule for all that fired, half a minute apart at least, by the bell, the messengers
-- the rule names, and mail. What is told is counts, the end of a key and titles whose particulars are placeholders.

create function private.tell_log_rule(rule public.log_rules, moment timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  untold bigint[] := array(select id from public.log_firings where rule_id = rule.id and alert_id is null order by id);
  newest public.log_firings;
  alert uuid;
  key text := 'log_rule_fired:' || untold[1];
  data jsonb;
begin
  select * into newest from public.log_firings where id = untold[cardinality(untold)];
  data := jsonb_strip_nulls(jsonb_build_object('rule', rule.name, 'rule_kind', rule.kind,
    'count', cardinality(untold), 'minutes', rule.minutes, 'by', rule.counted_by,
    'lines', (select sum(lines) from public.log_firings where id = any (untold)),
    'label', case when cardinality(untold) = 1 then left(newest.label, 200) end, 'fired_at', newest.fired_at));
  perform private.raise_alert('log_rule_fired', key, data, 'log_rule', rule.id::text, severity => rule.severity,
    channels => array_remove(rule.channels, 'email'),
    customer_id => case when rule.counted_by = 'license' and cardinality(untold) = 1
      then (select customer_id from public.licenses where id::text = newest.key) end);
  alert := (select id from public.alerts where dedupe_key = key);
  update public.log_firings set alert_id = alert where id = any (untold);
  if 'email' = any (rule.channels) and alert is not null then
    insert into public.email_outbox (template, locale, recipient, data)
    select 'log_rule_fired', coalesce(staff.locale, 'fr'), staff.email, data
    from public.staff where staff.is_active and exists (select from private.role_permissions
      where role_permissions.role = staff.role and permission = 'logs.triage');
  end if;
end
$$;
comment on function private.tell_log_rule(public.log_rules, timestamptz) is
  'Raises one alert for all firings of a rule that none has told yet, and mails it to those who work on the log where '
  'the rule says so. Definer: nobody writes alerts directly.';

create function private.tell_log_firings(moment timestamptz) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  rule public.log_rules;
begin
  for rule in
    select * from public.log_rules as rules
    where exists (select from public.log_firings where rule_id = rules.id and alert_id is null)
      and coalesce((select created_at from public.log_firings where rule_id = rules.id and alert_id is not null
        order by id desc limit 1) <= moment - interval '30 seconds', true)
    order by id
  loop
    perform private.tell_log_rule(rule, moment);
  end loop;
  update public.log_rules as rules set firing_count = standing.firing, last_fired_at = standing.fired_at
  from (select known.id, (select count(*) from private.log_rule_states as states
        where states.rule_id = known.id and states.is_firing) as firing,
      (select fired_at from public.log_firings where rule_id = known.id order by id desc limit 1) as fired_at
    from public.log_rules as known where known.deleted_at is null) as standing
  where rules.id = standing.id and (rules.firing_count <> standing.firing
    or rules.last_fired_at is distinct from standing.fired_at);
end
$$;
comment on function private.tell_log_firings(timestamptz) is
  'Tells what fired: at once, then at most every half minute a rule; and says in each rule how it stands. Definer: '
  'nobody writes alerts directly.';
