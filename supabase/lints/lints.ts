/**
 * Database advisors: each rule is one query that answers the objects it objects to. The same
 * questions as supabase/splinter, asked of the objects this product owns.
 */
export interface Lint {
  name: string;
  why: string;
  query: string;
  /** Breaks the rule in an otherwise clean database: the rule must then object. */
  break: string;
  /** Objects that may stay, each with its reason. */
  allowed?: Record<string, string>;
}

const ours = "n.nspname in ('public', 'private')";
const notExtension = (oid: string, catalog: string) =>
  `not exists (select from pg_depend d
    where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

export const lints: Lint[] = [
  {
    name: 'rls_enabled_everywhere',
    why: 'a table without row-level security is open to whoever is granted it',
    query: `select format('%I.%I', n.nspname, c.relname) as object
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and c.relkind in ('r', 'p') and not c.relrowsecurity`,
    break: 'create table public.open_table (id int primary key)',
  },
  {
    name: 'rls_tables_granted_have_a_policy',
    why: 'a grant without a policy answers nothing, and nobody meant that',
    query: `select distinct format('%I.%I', n.nspname, c.relname) as object
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p')
        and has_any_column_privilege('authenticated', c.oid, 'select')
      and not exists (select from pg_policy where polrelid = c.oid)`,
    break: `create table public.silent (id int primary key); alter table public.silent enable row level security;
      grant select on public.silent to authenticated`,
  },
  {
    name: 'anon_reads_and_calls_nothing',
    why: 'nobody without a session has business in the database',
    query: `select format('%I.%I', n.nspname, c.relname) as object
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and c.relkind in ('r', 'p', 'v', 'm')
        and (has_table_privilege('anon', c.oid, 'select, insert, update, delete, truncate')
          or has_any_column_privilege('anon', c.oid, 'select, insert, update'))
      union all select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where ${ours} and ${notExtension('p.oid', 'pg_proc')} and has_function_privilege('anon', p.oid, 'execute')`,
    break: `create function public.open_function() returns int language sql as $$ select 1 $$;
      grant execute on function public.open_function() to anon`,
  },
  {
    name: 'policies_name_their_role',
    why: 'a policy to public is evaluated for everybody',
    query: `select format('%I on %s', p.polname, p.polrelid::regclass) as object
      from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and (p.polroles = '{0}' or p.polcmd = '*')`,
    break: 'create policy anybody on public.plans for select using (true)',
  },
  {
    name: 'one_permissive_policy_per_command',
    why: 'several permissive policies are all evaluated, and read as an or nobody wrote',
    query: `select p.polrelid::regclass::text || ' ' || p.polcmd::text as object
      from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace,
        unnest(p.polroles) as role
      where ${ours} and p.polpermissive group by p.polrelid, p.polcmd, role having count(*) > 1`,
    break: 'create policy plans_select_again on public.plans for select to authenticated using (true)',
  },
  {
    name: 'policies_say_what_they_mean',
    why: 'the sentence belongs in comment on policy',
    query: `select format('%I on %s', p.polname, p.polrelid::regclass) as object
      from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and obj_description(p.oid, 'pg_policy') is null`,
    break: 'create policy plans_insert_wordless on public.plans for insert to authenticated with check (false)',
  },
  {
    name: 'policies_call_functions_once',
    why: 'auth.uid() and has_permission() outside a sub-select run for every row',
    query: `select format('%I on %s', p.polname, p.polrelid::regclass) as object
      from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and regexp_replace(
        coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' '
          || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''),
        '\\( ?SELECT (auth|private)\\.[a-z_]+\\(', '', 'gi') ~ '(auth|private)\\.[a-z_]+\\('`,
    break: 'create policy plans_update_slow on public.plans for update to authenticated using (auth.uid() is not null)',
  },
  {
    name: 'policies_trust_no_user_metadata',
    why: 'a user may write his own user_metadata',
    query: `select format('%I on %s', p.polname, p.polrelid::regclass) as object from pg_policy p
      where coalesce(pg_get_expr(p.polqual, p.polrelid), '')
        || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') like '%user_metadata%'`,
    break: `create policy plans_delete_gullible on public.plans for delete to authenticated
      using ((select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin')`,
  },
  {
    name: 'functions_fix_their_search_path',
    why: 'a caller could put his own objects first',
    query: `select p.oid::regprocedure::text as object from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where ${ours} and ${notExtension('p.oid', 'pg_proc')}
        and not exists (select from unnest(p.proconfig) as setting where setting like 'search_path=%')`,
    break: 'create function private.wandering() returns int language sql as $$ select 1 $$',
  },
  {
    name: 'definer_functions_stay_out_of_public',
    why: "the API exposes public: a definer there hands the owner's rights to its callers",
    query: `select p.oid::regprocedure::text as object from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'public' and p.prosecdef`,
    break: `create function public.powerful() returns int language sql security definer set search_path = ''
      as $$ select 1 $$`,
  },
  {
    name: 'definer_functions_give_their_reason',
    why: 'a definer function states why it must be one',
    query: `select p.oid::regprocedure::text as object from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where ${ours} and p.prosecdef and coalesce(obj_description(p.oid, 'pg_proc'), '') not like '%Definer:%'`,
    break: `create function private.reasonless() returns int language sql security definer set search_path = ''
      as $$ select 1 $$`,
  },
  {
    name: 'public_functions_are_documented',
    why: 'functions called by RPC say what goes in, what comes out, and errors',
    query: `select p.oid::regprocedure::text as object from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'public' and coalesce(length(obj_description(p.oid, 'pg_proc')), 0) < 30`,
    break: `create function public.wordless() returns int language sql set search_path = '' as $$ select 1 $$`,
  },
  {
    name: 'public_functions_are_not_overloaded',
    why: 'PostgREST cannot always tell overloads apart',
    query: `select proname as object from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'public' group by proname having count(*) > 1`,
    break: `create function public.current_staff(x int) returns int language sql set search_path = ''
      as $$ select 1 $$`,
  },
  {
    name: 'foreign_keys_are_indexed',
    why: 'deleting or updating the parent would scan the child',
    query: `select format('%s %I', k.conrelid::regclass, k.conname) as object
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and k.contype = 'f' and k.conparentid = 0
        and not exists (select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
          and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
          and k.conkey @> (i.indkey::int2[])[0:cardinality(k.conkey) - 1])`,
    break: 'alter table public.plans add column made_by uuid references public.staff (user_id)',
    allowed: {
      'licenses licenses_plan_fkey': 'licenses_plan_idx begins with plan and leaves out deleted rows only',
    },
  },
  {
    name: 'tables_have_a_primary_key',
    why: 'Realtime and updates identify rows by it',
    query: `select format('%I.%I', n.nspname, c.relname) as object
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and c.relkind in ('r', 'p')
        and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`,
    break: 'create table private.keyless (id int); alter table private.keyless enable row level security',
  },
  {
    name: 'tables_are_documented',
    why: 'comment on table says what a row is',
    query: `select format('%I.%I', n.nspname, c.relname) as object
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and c.relkind in ('r', 'p') and not c.relispartition
        and obj_description(c.oid, 'pg_class') is null`,
    break: 'create table private.mystery (id int primary key); alter table private.mystery enable row level security',
  },
  {
    name: 'columns_are_documented',
    why: 'a number has a unit, a text a meaning, and jsonb a shape that its type does not tell',
    query: `select format('%I.%I.%I', n.nspname, c.relname, a.attname) as object from pg_attribute a
      join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
      and format_type(a.atttypid, null) in ('integer', 'bigint', 'numeric', 'double precision', 'interval', 'jsonb',
        'text', 'text[]')
      and col_description(c.oid, a.attnum) is null
      -- Said by a check that lists its values, or by its own name everywhere.
      and a.attname not in ('status', 'kind', 'severity', 'role', 'permission', 'locale', 'email', 'plan', 'code')`,
    break: 'create table private.measured (id int primary key, weight numeric)',
  },
  {
    name: 'indexes_are_not_duplicated',
    why: 'every write pays for the second one',
    query: `select min(i.indexrelid::regclass::text) as object
      from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and not c.relispartition group by i.indrelid, i.indkey::text, i.indclass::text,
        i.indoption::text, coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
        coalesce(pg_get_expr(i.indexprs, i.indrelid), '') having count(*) > 1`,
    break: 'create index customers_again_idx on public.customers (email)',
  },
  {
    name: 'views_run_as_their_caller',
    why: 'a view runs as its owner, who bypasses row-level security',
    query: `select format('%I.%I', n.nspname, c.relname) as object
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('v', 'm')
        and not coalesce(c.reloptions @> '{security_invoker=true}', false)`,
    break: 'create view public.leak as select * from public.customers',
  },
  {
    name: 'extensions_live_in_extensions',
    why: 'their functions would be exposed by the API',
    query: `select e.extname as object from pg_extension e join pg_namespace n on n.oid = e.extnamespace where ${ours}`,
    break: 'create extension citext with schema public',
  },
  {
    name: 'checks_read_as_statements',
    why: 'a violated constraint is shown by its name',
    query: `select format('%s %I', k.conrelid::regclass, k.conname) as object
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and k.contype = 'c' and not c.relispartition and k.conname ~ '_check\\d*$'
        and k.conname !~ '^audit_head_'`,
    break: 'alter table public.plans add check (position < 1000)',
  },
];
