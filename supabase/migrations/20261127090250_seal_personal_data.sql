-- A person may ask to be forgotten, and the audit is never rewritten. What is personal of a customer in an event is
-- therefore sealed under a key of his own, and the chain's hash covers the sealed bytes: destroying the key forgets
-- the person and leaves the chain verified. Which columns are personal is data, so that every room says it of its own.

create table private.personal_columns (
  table_name text not null,
  column_name text not null,
  kind text not null,
  basis text not null,
  on_erasure text not null,
  reason text,
  primary key (table_name, column_name),
  constraint kind_is_known check (kind in ('email', 'name', 'free_text', 'device', 'network', 'payment')),
  constraint basis_is_known
    check (basis in ('contract', 'consent', 'legal_obligation', 'legitimate_interest', 'employment')),
  constraint on_erasure_is_known check (on_erasure in ('replace', 'clear', 'keep')),
  constraint what_stays_has_a_reason check (on_erasure <> 'keep' or length(btrim(reason)) > 0)
);
comment on table private.personal_columns is
  'Every column that holds something of a person. The audit seals those of a customer; erasure does to each what '
  'on_erasure says.';
comment on column private.personal_columns.column_name is 'Column of that table';
comment on column private.personal_columns.table_name is 'Table, of public or private';
comment on column private.personal_columns.kind is 'email, name, free_text, device, network or payment';
comment on column private.personal_columns.basis is
  'Why it may be held (GDPR article 6): contract, consent, legal_obligation, legitimate_interest or employment';
comment on column private.personal_columns.on_erasure is
  'replace: by an address that names nobody; clear: emptied; keep: stays, for the reason';
comment on column private.personal_columns.reason is 'Why it stays, or what stands in its place';

create table private.subject_keys (
  customer_id uuid primary key,
  wrapped_key bytea not null,
  created_at timestamptz not null default now()
);
comment on table private.subject_keys is
  'One key per customer, wrapped by the vault''s subject_key. Deleting a row forgets what was sealed under it.';

alter table private.personal_columns enable row level security;
alter table private.subject_keys enable row level security;

create function private.encrypt_bytes(value bytea, key bytea) returns bytea
language plpgsql volatile set search_path = ''
as $$
declare
  vector bytea := extensions.gen_random_bytes(16);
begin
  return vector || extensions.encrypt_iv($1, $2, vector, 'aes-cbc/pad:pkcs');
end
$$;
comment on function private.encrypt_bytes(bytea, bytea) is
  'AES-256-CBC under a 32-byte key: vector, then ciphertext. What it closes is covered by a hash elsewhere; a secret '
  'that stands alone takes private.encrypt_secret.';

create function private.decrypt_bytes(value bytea, key bytea) returns bytea
language plpgsql immutable set search_path = ''
as $$
begin
  return extensions.decrypt_iv(substr($1, 17), $2, substr($1, 1, 16), 'aes-cbc/pad:pkcs');
end
$$;
comment on function private.decrypt_bytes(bytea, bytea) is
  'Opens what private.encrypt_bytes closed; raises 39000 on a wrong key or altered data.';

create function private.master_key() returns bytea
language plpgsql stable set search_path = ''
as $$
begin
  return decode(private.secret('subject_key'), 'hex');
end
$$;
comment on function private.master_key() is 'The key that wraps the customers'' keys.';

create function private.ensure_subject_keys(customer_ids uuid[]) returns void
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  master_key bytea := private.master_key();
begin
  insert into private.subject_keys (customer_id, wrapped_key)
  select customers.id, private.encrypt_bytes(extensions.gen_random_bytes(32), master_key)
  from public.customers
  where customers.id = any (customer_ids) and customers.anonymized_at is null
    and not exists (select from private.subject_keys where subject_keys.customer_id = customers.id)
  on conflict on constraint subject_keys_pkey do nothing;
end
$$;
comment on function private.ensure_subject_keys(uuid[]) is
  'Makes the keys of customers who have none; who was forgotten gets none again. Definer: the table is private.';

create function private.seal(customer_id uuid, personal jsonb) returns bytea
language plpgsql volatile security definer set search_path = ''
as $$
declare
  wrapped bytea;
begin
  if personal is null or personal = '{}' or customer_id is null then
    return null;
  end if;
  select wrapped_key into wrapped from private.subject_keys where subject_keys.customer_id = $1;
  if wrapped is null then
    perform private.ensure_subject_keys(array[$1]);
    select wrapped_key into wrapped from private.subject_keys where subject_keys.customer_id = $1;
  end if;
  return private.encrypt_bytes(convert_to(personal::text, 'UTF8'),
    private.decrypt_bytes(wrapped, private.master_key()));
end
$$;
comment on function private.seal(uuid, jsonb) is
  'Values sealed under the customer''s key; null when there are none, or nobody to seal them for: somebody forgotten '
  'leaves nothing personal any more. Definer: the keys are private.';

create function private.unseal(customer_id uuid, sealed bytea, master_key bytea) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  wrapped bytea := (select wrapped_key from private.subject_keys where subject_keys.customer_id = $1);
begin
  return convert_from(private.decrypt_bytes(sealed, private.decrypt_bytes(wrapped, master_key)), 'UTF8')::jsonb;
exception when external_routine_invocation_exception or character_not_in_repertoire or invalid_text_representation then
  return null;
end
$$;
comment on function private.unseal(uuid, bytea, bytea) is
  'Opens what private.seal closed; null once the key is gone, or when the bytes were altered. Never granted: whoever '
  'calls it has asked for the permission. Definer: the keys are private.';

create function private.split_personal(of_table text, given jsonb, out plain jsonb, out personal jsonb)
language plpgsql stable security definer set search_path = ''
as $$
begin
  select coalesce(jsonb_object_agg(key, value) filter (where column_name is null), '{}'),
    coalesce(jsonb_object_agg(key, value) filter (where column_name is not null), '{}')
  into plain, personal
  from jsonb_each(given) left join private.personal_columns on table_name = of_table and column_name = key;
end
$$;
comment on function private.split_personal(text, jsonb) is
  'A row''s values, the personal ones apart. Definer: the registry is private.';
