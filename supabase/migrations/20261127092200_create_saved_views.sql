-- Lists a person wants back: the query string of a page, under a name.

insert into private.error_codes (code, status) values
  ('too_many_saved_views', 409);

create table public.saved_views (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references public.staff (user_id) on delete cascade,
  page text not null,
  name text not null,
  query text not null default '',
  is_shared boolean not null default false,
  created_at timestamptz not null default now(),
  constraint saved_views_user_id_page_name_key unique (user_id, page, name),
  constraint page_is_snake_case check (page ~ '^[a-z][a-z_]{1,31}$'),
  constraint name_is_short check (length(btrim(name)) between 1 and 80),
  constraint query_is_short check (length(query) <= 2000)
);
comment on table public.saved_views is 'Saved filters of a page: each person''s own, and those shared with all staff.';
comment on column public.saved_views.name is 'Name its owner gave it, 80 characters at most';
comment on column public.saved_views.page is 'Name of the list: licenses, payments …';
comment on column public.saved_views.query is 'Query string of the page, without the question mark';
comment on column public.saved_views.is_shared is 'Whether all staff see it; only its owner changes it';

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('saved_views', 'query', 'free_text', 'legitimate_interest', 'clear', 'a view that looks for an address is deleted'),
  ('saved_views', 'name', 'free_text', 'legitimate_interest', 'clear', 'a view that names an address is deleted');

create function private.saved_views_before_limit() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if (select count(*) from public.saved_views where user_id = new.user_id) >= 100 then
    perform private.fail('too_many_saved_views', 'A person keeps 100 views at most');
  end if;
  return new;
end
$$;
comment on function private.saved_views_before_limit() is 'Trigger: 100 views a person.';

create trigger saved_views_before_limit before insert on public.saved_views
  for each row execute function private.saved_views_before_limit();

alter table public.saved_views enable row level security;
revoke all on public.saved_views from anon, authenticated, service_role;
grant select, insert (page, name, query, is_shared), update (name, query, is_shared), delete on public.saved_views
  to authenticated;
grant select on public.saved_views to service_role;

create policy saved_views_select_staff on public.saved_views for select to authenticated
  using (user_id = (select private.current_staff_id())
    or (is_shared and (select private.current_staff_id()) is not null));
comment on policy saved_views_select_staff on public.saved_views is 'One sees one''s own views and the shared ones.';
create policy saved_views_insert_own on public.saved_views for insert to authenticated
  with check (user_id = (select private.current_staff_id()));
comment on policy saved_views_insert_own on public.saved_views is 'One saves views for oneself.';
create policy saved_views_update_own on public.saved_views for update to authenticated
  using (user_id = (select private.current_staff_id())) with check (user_id = (select private.current_staff_id()));
comment on policy saved_views_update_own on public.saved_views is 'One changes one''s own views.';
create policy saved_views_delete_own on public.saved_views for delete to authenticated
  using (user_id = (select private.current_staff_id()));
comment on policy saved_views_delete_own on public.saved_views is 'One deletes one''s own views.';
