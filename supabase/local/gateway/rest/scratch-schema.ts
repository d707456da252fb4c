/** One table or function for each shape the REST tests ask for; made as `postgres`, as migrations are. */
export const scratchSchema = `
create type public.genre as enum ('poem', 'novel');
create table public.authors (id uuid primary key default gen_random_uuid(), email text not null unique, note text);
create table public.books (
  id uuid primary key default gen_random_uuid(),
  author_id uuid not null constraint books_author_id_fkey references public.authors (id),
  owner_id uuid, genre public.genre not null default 'poem', seats integer not null default 1
    constraint seats_are_positive check (seats > 0),
  price_cents bigint not null default 1900, expires_at timestamptz, tags text[] not null default '{}',
  meta jsonb not null default '{}', secret text default 'hidden');
create table public.hidden (id int primary key);
create view public.book_overview with (security_invoker = true) as
  select l.id, l.genre, l.seats, c.email from public.books l join public.authors c on c.id = l.author_id;
alter table public.authors enable row level security;
alter table public.books enable row level security;
alter table public.hidden enable row level security;
create policy authors_select on public.authors for select to authenticated using (true);
create policy books_select on public.books for select to authenticated using (true);
create policy books_insert on public.books for insert to authenticated
  with check (owner_id = (select auth.uid()));
create policy books_update on public.books for update to authenticated using (owner_id = (select auth.uid()));
grant select on public.authors, public.book_overview to authenticated;
grant select (id, author_id, owner_id, genre, seats, price_cents, expires_at, tags, meta), insert, update
  on public.books to authenticated;
grant all on public.authors, public.books to service_role;
insert into public.authors (id, email, note)
  select md5(n::text)::uuid, 'c' || n || '@example.test', case when n % 2 = 0 then 'even' end
    from generate_series(1, 5) n;
insert into public.books (id, author_id, genre, seats, expires_at)
  select md5('l' || n)::uuid, md5(((n % 5) + 1)::text)::uuid, (array['poem', 'novel'])[n % 2 + 1]::public.genre, n,
    case when n % 4 > 0 then timestamptz '2026-01-01' + n * interval '1 day' end from generate_series(1, 20) n;
create function public.echo(
  a_text text, a_uuid uuid, an_int integer default 7, a_bool boolean default true,
  a_time timestamptz default '2026-01-01T00:00:00Z', a_jsonb jsonb default '[]', a_json json default '{}',
  texts text[] default '{}', a_day date default null
) returns jsonb language sql as $$
  select jsonb_build_object('text', a_text, 'uuid', a_uuid, 'int', an_int, 'bool', a_bool, 'time', a_time,
    'jsonb', a_jsonb, 'json', a_json, 'texts', texts)
$$;
create function public.rows_of(rows jsonb) returns integer language sql as $$ select jsonb_array_length(rows) $$;
create function public.as_json() returns json language sql as $$ select '{"a": [1, null, "x"]}'::json $$;
create function public.nothing() returns void language sql as $$ select $$;
create function public.as_table(least_seats integer default 0)
  returns table (genre public.genre, total bigint) language sql stable as
  $$ select genre, count(*) from public.books where seats >= least_seats group by genre order by genre $$;
create function public.search_books(term text default null) returns setof public.books language sql stable as
  $$ select * from public.books where term is null or genre::text = term $$;
create function public.an_event() returns json language sql stable as
  $$ select json_build_object('at', max(expires_at)) from public.books $$;
create function public.one_row() returns public.authors language sql stable as
  $$ select * from public.authors order by email limit 1 $$;
create function public.scalars() returns setof text language sql stable as $$ select unnest(array['b', 'a']) $$;
create function public.who() returns jsonb language sql stable as $$
  select jsonb_build_object('role', current_user, 'session', session_user, 'uid', auth.uid(),
    'aal', auth.jwt() ->> 'aal', 'headers', current_setting('request.headers', true)::json,
    'timeout', current_setting('statement_timeout'), 'search_path', current_setting('search_path'))
$$;
create function public.become_superuser() returns text language plpgsql as $$
begin
  reset role;
  reset session authorization;
  return current_setting('is_superuser');
end $$;
create function public.refuse(state text) returns void language plpgsql as $$
  begin raise exception 'not allowed' using errcode = state, detail = 'because', hint = 'ask'; end $$;
create function public.slow() returns void language sql as $$ select pg_sleep(20) $$;
create table public.header_log (id int generated always as identity primary key,
  headers json default current_setting('request.headers', true)::json, note text);
alter table public.header_log enable row level security;
create policy header_log_insert on public.header_log for insert to authenticated with check (true);
create policy header_log_select on public.header_log for select to authenticated using (true);
grant select, insert on public.header_log to authenticated;
grant execute on all functions in schema public to authenticated, service_role;
`;
