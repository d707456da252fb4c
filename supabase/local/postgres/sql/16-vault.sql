-- Stand-in for supabase_vault: same tables, view, signatures and grants. Secrets are encrypted with a key kept in a
-- file beside the cluster's data, which a dump does not carry.
create table if not exists vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea default extensions.gen_random_bytes(16),
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
create unique index if not exists secrets_name_idx on vault.secrets (name) where name is not null;
comment on table vault.secrets is 'Table with encrypted `secret` column for storing sensitive information on disk.';

-- Definer, because reading a server file needs a superuser; nobody else may call it. PL/pgSQL, because a product may
-- ask at every call and an SQL function that cannot be inlined is planned anew each time.
create or replace function vault._root_key() returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return pg_catalog.pg_read_file('vault.key');
end
$$;
revoke execute on function vault._root_key() from public;

-- Definer for the root key. The additional data is bound in front of the message, so that one row's secret cannot be
-- moved to another. The root key is random, hence no key stretching.
create or replace function vault._crypto_aead_det_encrypt(
  message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
) returns bytea
language sql volatile security definer set search_path = ''
as $$
  select extensions.pgp_sym_encrypt_bytea(
    extensions.digest(additional || coalesce(nonce, ''), 'sha256') || message,
    vault._root_key(), 's2k-mode=1, cipher-algo=aes256, compress-algo=0'
  )
$$;

create or replace function vault._crypto_aead_det_decrypt(
  message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
) returns bytea
language plpgsql stable security definer set search_path = ''
as $$
declare
  plain bytea := extensions.pgp_sym_decrypt_bytea(message, vault._root_key());
begin
  if substr(plain, 1, 32) <> extensions.digest(additional || coalesce(nonce, ''), 'sha256') then
    raise exception 'pgsodium_crypto_aead_det_decrypt_by_id: invalid ciphertext' using errcode = '22000';
  end if;
  return substr(plain, 33);
end
$$;

create or replace view vault.decrypted_secrets as
select
  secret.id,
  secret.name,
  secret.description,
  secret.secret,
  convert_from(
    vault._crypto_aead_det_decrypt(
      message := decode(secret.secret, 'base64'),
      additional := convert_to(secret.id::text, 'utf8'),
      key_id := 0,
      context := 'pgsodium'::bytea,
      nonce := secret.nonce
    ),
    'utf8'
  ) as decrypted_secret,
  secret.key_id,
  secret.nonce,
  secret.created_at,
  secret.updated_at
from vault.secrets as secret;

-- Definer as upstream: callers may add a secret without being able to write the table.
create or replace function vault.create_secret(
  new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
  new_id uuid := gen_random_uuid();
  new_nonce bytea := extensions.gen_random_bytes(16);
begin
  insert into vault.secrets (id, name, description, secret, nonce, key_id)
  values (
    new_id, new_name, new_description,
    encode(vault._crypto_aead_det_encrypt(
      convert_to(new_secret, 'utf8'), convert_to(new_id::text, 'utf8'), 0, 'pgsodium'::bytea, new_nonce
    ), 'base64'),
    new_nonce, new_key_id
  );
  return new_id;
end
$$;

create or replace function vault.update_secret(
  secret_id uuid,
  new_secret text default null,
  new_name text default null,
  new_description text default null,
  new_key_id uuid default null
) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  update vault.secrets as secret set
    secret = case when new_secret is null then secret.secret
      else encode(vault._crypto_aead_det_encrypt(
        convert_to(new_secret, 'utf8'), convert_to(secret.id::text, 'utf8'), 0, 'pgsodium'::bytea, secret.nonce
      ), 'base64') end,
    name = coalesce(new_name, secret.name),
    description = coalesce(new_description, secret.description),
    updated_at = now()
  where secret.id = secret_id;
end
$$;

revoke execute on all functions in schema vault from public;
grant select, delete on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt
  to postgres with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt to service_role;
