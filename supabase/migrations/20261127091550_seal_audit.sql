-- Whoever owns the database can rewrite the chain and its hashes with it. So a function outside signs the end of the
-- chain every minute and whenever the trail is exported, and the end of each month; its key never enters the database.
-- Copies of the seals go outside by mail. What is missing, altered or chained anew no longer fits them.

create table private.audit_checkpoints (
  id bigint generated always as identity primary key,
  sequence bigint not null,
  hash bytea not null,
  closes date,
  kid text not null,
  seal text not null,
  signed_at timestamptz not null,
  constraint closes_a_month_once unique (closes),
  constraint closes_a_first_day check (extract(day from closes) = 1),
  constraint sequence_is_positive check (sequence > 0),
  constraint seal_is_of_the_row check (split_part(seal, '.', 2) = sequence::text
    and split_part(seal, '.', 3) = encode(hash, 'hex'))
);
comment on table private.audit_checkpoints is
  'Signed ends of the audit chain: the newest of each minute for five weeks, and the end of each month for ever.';
comment on column private.audit_checkpoints.id is 'Order of signing';
comment on column private.audit_checkpoints.sequence is 'The event it vouches for, and all before it';
comment on column private.audit_checkpoints.hash is 'That event''s hash when it was signed';
comment on column private.audit_checkpoints.closes is 'First day of the month whose last event it is; else null';
comment on column private.audit_checkpoints.kid is 'Which key signed';
comment on column private.audit_checkpoints.seal is
  'audit-v1.<sequence>.<hash, hex>.<closed month or ->.<unix seconds>.<kid>.<Ed25519 over all before, base64url>';

create index audit_checkpoints_sequence_idx on private.audit_checkpoints (sequence desc);

alter table private.audit_checkpoints enable row level security;

insert into private.alert_kinds (kind, severity, permission) values ('audit_broken', 'error', 'audit.read');

create function private.audit_to_seal() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  head private.audit_head;
  latest private.audit_checkpoints;
begin
  select * into head from private.audit_head;
  select * into latest from private.audit_checkpoints order by sequence desc, id desc limit 1;
  return jsonb_build_object(
    'head', jsonb_build_object('sequence', head.sequence, 'hash', encode(head.hash, 'hex')),
    'latest', case when latest.id is not null then jsonb_build_object('sequence', latest.sequence,
      'hash', encode(latest.hash, 'hex'),
      'found', (select encode(events.hash, 'hex') from public.events where events.sequence = latest.sequence)) end,
    'months', (select coalesce(jsonb_agg(jsonb_build_object('month', month, 'sequence', ended.sequence,
        'hash', encode(ended.hash, 'hex')) order by month), '[]')
      from (select generate_series(date_trunc('month', min(created_at) at time zone 'UTC'),
          date_trunc('month', now() at time zone 'UTC') - interval '1 month', interval '1 month')::date as month
        from public.events) as passed
      cross join lateral (select sequence, hash from public.events
        where created_at >= month::timestamp at time zone 'UTC'
          and created_at < (month + interval '1 month') at time zone 'UTC'
        order by sequence desc limit 1) as ended
      where not exists (select from private.audit_checkpoints where closes = month)));
end
$$;
comment on function private.audit_to_seal() is
  'What audit-seal looks at: → {head: {sequence, hash}, latest: {sequence, hash, found (what the chain holds there '
  'now)} or null, months: [{month, sequence, hash}] that have passed and are not closed}. Definer: reads the chain; '
  'called by the function only.';

create function private.keep_audit_seal(seal text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  parts text[] := string_to_array(seal, '.');
begin
  insert into private.audit_checkpoints (sequence, hash, closes, kid, seal, signed_at)
  values (parts[2]::bigint, decode(parts[3], 'hex'), to_date(nullif(parts[4], '-'), 'YYYY-MM'), parts[6], $1,
    to_timestamp(parts[5]::bigint))
  on conflict on constraint closes_a_month_once do nothing;
  -- The end of each month vouches for all before it.
  delete from private.audit_checkpoints where closes is null and signed_at < now() - interval '35 days'
    and exists (select from private.audit_checkpoints as closing where closing.closes is not null
      and closing.sequence >= audit_checkpoints.sequence);
end
$$;
comment on function private.keep_audit_seal(text) is
  'Keeps what audit-seal has signed. Definer: called by the function only.';

create function private.audit_seals() returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('sequence', sequence, 'seal', seal, 'found',
    (select encode(events.hash, 'hex') from public.events where events.sequence = audit_checkpoints.sequence))
    order by sequence, id), '[]')
  from private.audit_checkpoints
$$;
comment on function private.audit_seals() is
  'All seals, oldest first: → [{sequence, seal, found (hash the chain holds there now, or null)}]. Definer: reads the '
  'chain; called by audit-verify, which asks for audit.read.';

create function private.audit_hashes(sequences bigint[]) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_object_agg(events.sequence, encode(events.hash, 'hex')), '{}')
  from public.events where events.sequence = any (sequences)
$$;
comment on function private.audit_hashes(bigint[]) is
  'What the chain holds at these places: → {sequence: hash}. Definer: called by audit-verify only.';

create function private.report_audit_broken(sequence bigint, reason text) returns void
language sql volatile security definer set search_path = ''
as $$
  select private.raise_alert('audit_broken',
    'audit_broken:' || coalesce($1::text, '') || ':' || to_char(now() at time zone 'UTC', 'YYYY-MM-DD'),
    jsonb_build_object('sequence', $1, 'reason', $2))
$$;
comment on function private.report_audit_broken(bigint, text) is
  'Alerts administrators that the chain no longer fits what was signed, once a day. Definer: alerts.';

select private.schedule_job('audit-seal', '* * * * *', $job$ select private.call_edge_function('audit-seal') $job$);
select private.schedule_job('audit-copy', '20 6 * * 1',
  $job$ select private.call_edge_function('audit-seal/copy') $job$);
