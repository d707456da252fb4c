-- Stand-in for pg_net: same tables and signatures; gateway/cron sends the queue after commit.
create sequence if not exists net.http_request_queue_id_seq;

create unlogged table if not exists net.http_request_queue (
  id bigint not null default nextval('net.http_request_queue_id_seq') primary key,
  method text not null check (method in ('GET', 'POST', 'DELETE')),
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);

create unlogged table if not exists net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);
create index if not exists _http_response_created_idx on net._http_response (created);
create index if not exists _http_response_id_idx on net._http_response (id);

create or replace function net._notify_queue() returns trigger
language plpgsql set search_path = ''
as $$
begin
  -- Delivered at commit: a request of a transaction that rolls back is never sent.
  perform pg_catalog.pg_notify('local_net_queue', '');
  return null;
end
$$;
create or replace trigger http_request_queue_after_insert_notify
  after insert on net.http_request_queue
  for each statement execute function net._notify_queue();

create or replace function net._urlencode_string(string text) returns text
language sql immutable strict set search_path = ''
as $$
  select coalesce(string_agg(
    case when byte between 48 and 57 or byte between 65 and 90 or byte between 97 and 122 or byte in (45, 46, 95, 126)
      then chr(byte) else '%' || upper(lpad(to_hex(byte), 2, '0')) end, '' order by position), '')
  from (
    select position, get_byte(bytes, position) as byte
    from (select convert_to(string, 'utf8') as bytes) as encoded, generate_series(0,
      octet_length(bytes) - 1) as position
  ) as bytes
$$;

create or replace function net._url_with_params(url text, params jsonb) returns text
language sql immutable strict set search_path = ''
as $$
  select url || coalesce(
    case when position('?' in url) > 0 then '&' else '?' end
      || string_agg(net._urlencode_string(key) || '=' || net._urlencode_string(value), '&'), '')
  from jsonb_each_text(params)
$$;

-- Definer as upstream: callers may queue a request without being able to read the queue. Strict as upstream: a NULL
-- argument sends nothing and raises nothing.
create or replace function net.http_get(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000
) returns bigint
language sql volatile strict security definer set search_path = ''
as $$
  insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
  values ('GET', net._url_with_params(url, params), headers, timeout_milliseconds)
  returning id
$$;

create or replace function net.http_post(
  url text,
  body jsonb default '{}',
  params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}',
  timeout_milliseconds integer default 5000
) returns bigint
language plpgsql volatile strict security definer set search_path = ''
as $$
declare
  content_type text := (select value from jsonb_each_text(headers) where lower(key) = 'content-type' limit 1);
  request_id bigint;
begin
  if content_type is null then
    headers := headers || '{"Content-Type": "application/json"}';
  elsif split_part(content_type, ';', 1) <> 'application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values ('POST', net._url_with_params(url, params), headers, convert_to(body::text, 'utf8'), timeout_milliseconds)
  returning id into request_id;
  return request_id;
end
$$;

create or replace function net.http_delete(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000,
  body jsonb default null
) returns bigint
language sql volatile security definer set search_path = ''
as $$
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  select 'DELETE', net._url_with_params(url, params), headers, convert_to(body::text, 'utf8'), timeout_milliseconds
  where url is not null and params is not null and headers is not null and timeout_milliseconds is not null
  returning id
$$;

revoke execute on all functions in schema net from public;
grant execute on function net.http_get, net.http_post, net.http_delete
  to postgres, anon, authenticated, service_role, supabase_functions_admin;
grant select on net._http_response to postgres;
