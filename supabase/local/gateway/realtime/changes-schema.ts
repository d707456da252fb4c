/** A table for each thing that a follower of changes may meet. */
export const changesSchema = `
create extension if not exists citext with schema extensions;
create type public.mood as enum ('sad', 'ok', 'happy');
create domain public.cents as integer;
create type public.pair as (a int, b text);
create table public.notes (id int primary key, body text, site int, mood public.mood, at timestamptz,
  price numeric(10, 2), secret text default 'hidden');
grant select (id, body, site, mood, at, price) on public.notes to anon;
grant select on public.notes to service_role;
create table public.full_notes (id int primary key, body text, big text);
alter table public.full_notes replica identity full;
alter table public.full_notes alter column big set storage external;
grant select on public.full_notes to anon;
create table public.owned (id uuid primary key default gen_random_uuid(), owner_id uuid, body text, big text);
alter table public.owned alter column big set storage external;
alter table public.owned enable row level security;
create policy owned_select on public.owned for select to authenticated using (owner_id = (select auth.uid()));
grant select on public.owned to authenticated, anon;
create table public.pairs (a text, b timestamptz, n int, primary key (a, b));
alter table public.pairs enable row level security;
create policy pairs_select on public.pairs for select to anon using (n > 0);
grant select on public.pairs to anon;
create table public.keyless (n int);
grant select on public.keyless to anon;
create table public.closed (id int primary key);
create table public.fragile (id int primary key, n int);
alter table public.fragile enable row level security;
create policy fragile_anon on public.fragile for select to anon using (1 / n > 0);
create policy fragile_authenticated on public.fragile for select to authenticated using (true);
grant select on public.fragile to anon, authenticated;
create table public.unpublished (id int primary key);
grant select on public.unpublished to anon;
create table public.kinds (id int primary key, b bool, i2 int2, i8 int8, f4 float4, f8 float8, n numeric, t text,
  vc varchar(3), c char(4), u uuid, j json, jb jsonb, d date,
  ts timestamp, tz timestamptz, tm time, iv interval, by bytea, ia int[], ta text[], m public.mood, ms public.mood[],
    dm public.cents, p public.pair, r int4range, ip inet, ci extensions.citext, bits bit(3), mn money, o oid);
grant select on public.kinds to anon;
alter publication supabase_realtime add table public.notes, public.full_notes, public.owned, public.pairs,
  public.keyless, public.closed, public.fragile, public.kinds;
`;
