-- Where lines of the log come from. Sources are rows: whatever a client or a server names is one from then on. Servers
-- send with a token of their source, made and revoked in the console and kept as a hash only.

insert into private.role_permissions (role, permission) values
  ('admin', 'logs.read'), ('support', 'logs.read'), ('viewer', 'logs.read'),
  ('admin', 'logs.triage'), ('support', 'logs.triage'),
  ('admin', 'logs.export'), ('support', 'logs.export'),
  ('admin', 'logs.configure');

insert into private.error_codes (code, status) values
  ('invalid_log_source', 400), ('log_token_not_found', 404);

create table public.log_sources (
  id int generated always as identity primary key,
  name text not null,
  created_at timestamptz not null default now(),
  last_line_at timestamptz,
  license_id uuid references public.licenses (id) on delete set null,
  constraint name_is_one_short_line check (name ~ '^[^\s[:cntrl:]]([^[:cntrl:]]{0,62}[^\s[:cntrl:]])?$')
);
comment on table public.log_sources is 'Parts of the product and servers that write lines; each named once.';
comment on column public.log_sources.id is 'Order of first sight';
comment on column public.log_sources.name is 'As it was first written; case does not matter';
comment on column public.log_sources.license_id is 'Whose client first named it; null for ours';
comment on column public.log_sources.last_line_at is 'When its newest line was received, some seconds late';

create index log_sources_license_id_idx on public.log_sources (license_id);
create unique index log_sources_name_key on public.log_sources (lower(name collate pg_c_utf8));

insert into public.log_sources (name) values ('Backend'), ('Baileys'), ('Mistral AI'), ('Stripe'), ('Other');

create table private.log_tokens (
  id uuid primary key default gen_random_uuid(),
  source_id int not null references public.log_sources (id) on delete restrict,
  token_hash bytea not null,
  hint text not null,
  created_at timestamptz not null default now(),
  created_by uuid references public.staff (user_id) on delete set null,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint log_tokens_token_hash_key unique (token_hash)
);
comment on table private.log_tokens is 'Bearer tokens of servers that send lines; one source each.';
comment on column private.log_tokens.source_id is 'The source whose lines it sends';
comment on column private.log_tokens.token_hash is 'sha256 of the token, which has 256 random bits';
comment on column private.log_tokens.hint is 'Its last four characters';
comment on column private.log_tokens.last_used_at is 'Noted every minute at most';

create index log_tokens_source_id_idx on private.log_tokens (source_id);
create index log_tokens_created_by_idx on private.log_tokens (created_by);

alter table public.log_sources enable row level security;
alter table private.log_tokens enable row level security;
revoke all on public.log_sources from anon, authenticated, service_role;
grant select on public.log_sources to authenticated, service_role;

create policy log_sources_select_staff on public.log_sources for select to authenticated
  using ((select private.has_permission('logs.read')));
comment on policy log_sources_select_staff on public.log_sources is 'Who reads lines knows where they come from.';

create function private.log_source_id(name text, license_id uuid default null) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  wanted text := lower($1 collate pg_c_utf8);
  found int := (select id from public.log_sources where lower(log_sources.name collate pg_c_utf8) = wanted);
begin
  if found is not null then
    return found;
  elsif $2 is not null and ((select count(*) from public.log_sources where log_sources.license_id = $2) >= 10
    or (select count(*) from public.log_sources where log_sources.license_id is not null) >= 500) then
    -- Whoever invents sources fills no table, takes no name from others and loses no line.
    return (select id from public.log_sources where log_sources.name = 'Other');
  end if;
  insert into public.log_sources (name, license_id) values ($1, $2)
  on conflict do nothing returning id into found;
  return coalesce(found, (select id from public.log_sources where lower(log_sources.name collate pg_c_utf8) = wanted));
end
$$;
comment on function private.log_source_id(text, uuid) is
  'The source of that name, made when it is new; "Other" for a client whose licence has named 10, and for all clients '
  'once they have named 500. Definer: nobody writes sources directly.';

create function private.add_log_source_token(source text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  token text := 'wal_' || encode(extensions.gen_random_bytes(32), 'hex');
  made private.log_tokens;
begin
  perform private.require_permission('logs.configure');
  source := private.require_text(source, 'invalid_log_source', 1, 64);
  if source ~ '[[:cntrl:]]' then
    perform private.fail('invalid_log_source', 'The name of a source is one line');
  end if;
  insert into private.log_tokens (source_id, token_hash, hint, created_by)
  values (private.log_source_id(source), sha256(convert_to(token, 'UTF8')), right(token, 4), auth.uid())
  returning * into made;
  perform private.record_event('log_token_created', 'log_source', made.source_id::text,
    jsonb_build_object('source', source, 'hint', made.hint));
  return jsonb_build_object('id', made.id, 'source', (select name from public.log_sources where id = made.source_id),
    'hint', made.hint, 'token', token);
end
$$;
comment on function private.add_log_source_token(text) is
  'Does the work of public.add_log_source_token. Definer: tokens are private.';
grant execute on function private.add_log_source_token(text) to authenticated, service_role;

create function public.add_log_source_token(source text) returns jsonb
language sql volatile security invoker set search_path = '' as $$ select private.add_log_source_token($1) $$;
comment on function public.add_log_source_token(text) is
  'Makes a bearer token with which a server sends lines of that source to log-ingest; the source is made when it is '
  'new. → {id, source, hint, token}: the token is shown this once. Needs logs.configure. Errors: permission_denied, '
  'invalid_log_source.';
revoke execute on function public.add_log_source_token(text) from public, anon, authenticated, service_role;
grant execute on function public.add_log_source_token(text) to authenticated, service_role;

create function private.revoke_log_token(token_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  revoked private.log_tokens;
begin
  perform private.require_permission('logs.configure');
  select * into revoked from private.log_tokens where id = $1 for update;
  if revoked.id is null then
    perform private.fail('log_token_not_found', 'No such token');
  elsif revoked.revoked_at is null then
    update private.log_tokens set revoked_at = now() where id = $1;
    perform private.record_event('log_token_revoked', 'log_source', revoked.source_id::text,
      jsonb_build_object('source', (select name from public.log_sources where id = revoked.source_id), 'hint',
        revoked.hint));
  end if;
end
$$;
comment on function private.revoke_log_token(uuid) is
  'Does the work of public.revoke_log_token. Definer: tokens are private.';
grant execute on function private.revoke_log_token(uuid) to authenticated, service_role;

create function public.revoke_log_token(token_id uuid) returns void
language sql volatile security invoker set search_path = '' as $$ select private.revoke_log_token($1) $$;
comment on function public.revoke_log_token(uuid) is
  'Ends a token of a source at once; again does nothing. Needs logs.configure. Errors: permission_denied, '
  'log_token_not_found (404).';
revoke execute on function public.revoke_log_token(uuid) from public, anon, authenticated, service_role;
grant execute on function public.revoke_log_token(uuid) to authenticated, service_role;

create function private.list_log_sources() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_permission('logs.read');
  return (select jsonb_build_object('rows', coalesce(jsonb_agg(jsonb_build_object('id', sources.id, 'name',
      sources.name, 'created_at', sources.created_at, 'last_line_at', sources.last_line_at,
      'tokens', (select coalesce(jsonb_agg(jsonb_build_object('id', tokens.id, 'hint', tokens.hint, 'created_at',
          tokens.created_at, 'created_by', tokens.created_by, 'revoked_at', tokens.revoked_at, 'last_used_at',
          tokens.last_used_at) order by tokens.created_at desc), '[]')
        from private.log_tokens as tokens where tokens.source_id = sources.id
          and private.has_permission('logs.configure')))
      order by lower(sources.name)), '[]'))
    from public.log_sources as sources);
end
$$;
comment on function private.list_log_sources() is
  'Does the work of public.list_log_sources. Definer: tokens are private.';
grant execute on function private.list_log_sources() to authenticated, service_role;

create function public.list_log_sources() returns jsonb
language sql stable security invoker set search_path = '' as $$ select private.list_log_sources() $$;
comment on function public.list_log_sources() is
  'Sources by name. → {rows: [{id, name, created_at, last_line_at, tokens: [{id, hint, created_at, created_by, '
  'revoked_at, last_used_at}], empty without logs.configure}]}. Needs logs.read.';
revoke execute on function public.list_log_sources() from public, anon, authenticated, service_role;
grant execute on function public.list_log_sources() to authenticated, service_role;
