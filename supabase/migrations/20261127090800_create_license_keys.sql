-- Licence keys: five groups of five from an alphabet that survives the telephone (no 0 O 1 I L). 24 random characters
-- of 31 (118 bits) and a check character: the sum of value × position modulo the prime 31 catches every wrong
-- character and every swap of two.

create function private.license_key_alphabet() returns text
language sql immutable set search_path = ''
as $$ select '23456789ABCDEFGHJKMNPQRSTUVWXYZ' $$;
comment on function private.license_key_alphabet() is 'The 31 characters of licence keys.';
grant execute on function private.license_key_alphabet() to authenticated, service_role;

create function private.license_key_check_character(body text) returns text
language sql immutable set search_path = ''
as $$
  select substr(private.license_key_alphabet(),
    (sum(position * (strpos(private.license_key_alphabet(), substr($1, position, 1)) - 1)) % 31)::int + 1, 1)
  from generate_series(1, 24) as position
$$;
comment on function private.license_key_check_character(text) is 'Check character of the 24 others.';
grant execute on function private.license_key_check_character(text) to authenticated, service_role;

create function private.random_characters(count int) returns text
language plpgsql volatile set search_path = ''
as $$
declare
  alphabet constant text := private.license_key_alphabet();
  bytes bytea;
  drawn text := '';
  byte int;
begin
  while length(drawn) < count loop
    bytes := extensions.gen_random_bytes(32);
    for i in 0..31 loop
      byte := get_byte(bytes, i);
      -- 248 = 8 × 31: beyond it some characters would be likelier than others.
      if byte < 248 and length(drawn) < count then
        drawn := drawn || substr(alphabet, byte % 31 + 1, 1);
      end if;
    end loop;
  end loop;
  return drawn;
end
$$;
comment on function private.random_characters(int) is
  'So many characters of the alphabet of licence keys, each as likely as any other.';

create function private.generate_license_key() returns text
language plpgsql volatile set search_path = ''
as $$
declare
  body text := private.random_characters(24);
begin
  return regexp_replace(body || private.license_key_check_character(body), '(.{5})(?=.)', '\1-', 'g');
end
$$;
comment on function private.generate_license_key() is 'A new licence key, XXXXX-XXXXX-XXXXX-XXXXX-XXXXX.';

create function private.normalize_license_key(license_key text) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  -- Documents and chats put typographic hyphens, odd blanks, quotes, wide letters and what nobody sees into a key.
  return upper(regexp_replace(normalize($1, nfkc), '[^0-9A-Za-z]', '', 'g'));
end
$$;
comment on function private.normalize_license_key(text) is
  'The key as hashed: compatibility forms folded (NFKC), then only letters A to Z and digits, in upper case.';
grant execute on function private.normalize_license_key(text) to authenticated, service_role;

create function private.license_key_hash(license_key text) returns bytea
language plpgsql immutable set search_path = ''
as $$
begin
  return sha256(convert_to(private.normalize_license_key($1), 'UTF8'));
end
$$;
comment on function private.license_key_hash(text) is
  'What a key is found by. A key has 118 random bits, so a plain hash is enough.';

create function private.is_license_key(license_key text) returns boolean
language sql immutable set search_path = ''
as $$
  select private.normalize_license_key($1) ~ ('^[' || private.license_key_alphabet() || ']{25}$')
    and private.license_key_check_character(left(private.normalize_license_key($1),
      24)) = right(private.normalize_license_key($1), 1)
$$;
comment on function private.is_license_key(text) is
  'Whether the text has the form of a key and its check character is right.';
grant execute on function private.is_license_key(text) to authenticated, service_role;

create function private.clean_text(value text) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  -- Nearly every text is as it should be.
  if $1 ~ '^[!-~]([ -~]*[!-~])?$' then
    return $1;
  end if;
  return regexp_replace(regexp_replace(regexp_replace($1, '['
        || '\u00ad\u034f\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]',
      '', 'g'),
    '[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]', ' ', 'g'),
    '^[\u0001-\u0020\u007f-\u009f\u2028\u2029]+|[\u0001-\u0020\u007f-\u009f\u2028\u2029]+$', '', 'g');
end
$$;
comment on function private.clean_text(text) is
  'The text without what nobody sees (zero-width characters, soft hyphens, byte order marks, marks of direction), '
  'every kind of blank within a line as a space, without blanks, line ends and control characters around it.';
grant execute on function private.clean_text(text) to authenticated, service_role;

create function private.normalize_hwid(hwid text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
  quotes constant text := '"\u00ab\u00bb\u2018-\u201f\u2039\u203a';
  around constant text := '[' || quotes || '\u0001-\u0020\u007f-\u009f\u2028\u2029]+';
  cleaned text := private.clean_text($1);
  guid text;
begin
  -- All of them at once: the form of a canonical form is itself.
  if cleaned ~ ('^[' || quotes || '].*[' || quotes || ']$') then
    cleaned := regexp_replace(cleaned, '^' || around || '|' || around || '$', '', 'g');
  end if;
  -- The rest of what comes by is no GUID: looking closer would cost every check of a licence.
  if length(cleaned) not between 36 and 38 then
    return cleaned;
  end if;
  guid := upper(regexp_replace(cleaned, '[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]', '-', 'g'));
  if guid ~ '^(\{.*\}|\(.*\)|[^{(].*[^)}])$'
    and btrim(guid, '{}()') ~ '^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$' then
    return btrim(guid, '{}()');
  end if;
  return cleaned;
end
$$;
comment on function private.normalize_hwid(text) is
  'The canonical form of a hardware identifier, in which it is kept and compared: private.clean_text, without the '
  'quotes it stands between; a GUID in upper case, without braces.';
grant execute on function private.normalize_hwid(text) to authenticated, service_role;

create function private.hwid_hash(hwid text, pepper text) returns bytea
language plpgsql immutable set search_path = ''
as $$
begin
  return extensions.hmac(convert_to(private.normalize_hwid($1), 'UTF8'), convert_to($2, 'UTF8'), 'sha256');
end
$$;
comment on function private.hwid_hash(text, text) is
  'Keyed hash of a hardware identifier: one cannot be guessed from the table alone.';

create function private.hwid_hint(hwid text) returns text
language sql immutable set search_path = ''
as $$
  select case when length(cleaned) < 8 then repeat('•', 4) || right(cleaned, 1)
    else left(cleaned, 2) || '••••' || right(cleaned, 3) end
  from private.normalize_hwid($1) as cleaned
$$;
comment on function private.hwid_hint(text) is 'A hardware identifier masked for lists, logs and exports.';

create function private.is_hwid(value text) returns boolean
language sql immutable set search_path = ''
as $$
  select length(cleaned) between 4 and 200 and cleaned ~ '^[[:graph:]]+( [[:graph:]]+)*$' and cleaned !~ '•••'
  from private.normalize_hwid($1) as cleaned
$$;
comment on function private.is_hwid(text) is
  'Whether the text can be a hardware identifier: 4 to 200 printable characters, not masked as private.hwid_hint does.';
