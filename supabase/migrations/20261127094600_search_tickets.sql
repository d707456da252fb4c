-- Finding tickets of all ages by their words, in French and English, accents or not: one vector a ticket, the union of
-- four readings. Stemming an unaccented word and unaccenting a stem differ ("échouées", "echouees"): both are kept.

create extension if not exists unaccent with schema extensions;

create text search configuration private.simple_unaccented (copy = pg_catalog.simple);
alter text search configuration private.simple_unaccented alter mapping for asciiword, word, numword, hword,
  hword_part, hword_asciipart, asciihword, numhword, hword_numpart with extensions.unaccent, pg_catalog.simple;
comment on text search configuration private.simple_unaccented is 'Every word as it is, without accents';
create text search configuration private.french_unaccented (copy = pg_catalog.french);
alter text search configuration private.french_unaccented alter mapping for asciiword, word, hword, hword_part,
  hword_asciipart, asciihword with extensions.unaccent, pg_catalog.french_stem;
comment on text search configuration private.french_unaccented is 'French stems of words without accents';
create text search configuration private.english_unaccented (copy = pg_catalog.english);
alter text search configuration private.english_unaccented alter mapping for asciiword, word, hword, hword_part,
  hword_asciipart, asciihword with extensions.unaccent, pg_catalog.english_stem;
comment on text search configuration private.english_unaccented is 'English stems of words without accents';

create function private.without_accents(value text) returns text
language sql immutable parallel safe set search_path = ''
as $$ select extensions.unaccent('extensions.unaccent'::regdictionary, $1) $$;
comment on function private.without_accents(text) is
  'The text without accents and ligatures. The dictionary is named, so that the answer depends on nothing else.';

-- The parser takes an address or a path for one word: its parts are words too.
create function private.word_parts(value text) returns text
language sql immutable parallel safe set search_path = ''
as $$ select btrim(regexp_replace($1, '[^[:alnum:]]+', ' ', 'g')) $$;
comment on function private.word_parts(text) is 'The letters and digits of the text, blanks for everything else.';

create function private.text_vector(value text) returns tsvector
language sql immutable parallel safe set search_path = ''
as $$
  select private.without_accents(to_tsvector('pg_catalog.french', $1)::text)::tsvector
    || to_tsvector('private.french_unaccented', $1) || to_tsvector('private.english_unaccented', $1)
    || to_tsvector('private.simple_unaccented', private.word_parts($1))
$$;
comment on function private.text_vector(text) is
  'What a text is found by: French stems unaccented after and before stemming, English stems, and every part as it is.';

create function private.word_query(word text, is_prefix boolean) returns tsquery
language plpgsql immutable set search_path = ''
as $$
declare
  parts text := private.without_accents(lower(private.word_parts($1)));
  found tsquery := phraseto_tsquery('private.simple_unaccented', parts);
begin
  if parts = '' then
    return null;
  elsif position(' ' in parts) > 0 then
    return found;
  end if;
  found := found || private.without_accents(to_tsquery('pg_catalog.french', quote_literal($1))::text)::tsquery
    || to_tsquery('private.french_unaccented', quote_literal(parts))
    || to_tsquery('private.english_unaccented', quote_literal(parts));
  if is_prefix and length(parts) >= 3 then
    found := found || (quote_literal(parts) || ':*')::tsquery;
  end if;
  return found;
end
$$;
comment on function private.word_query(text, boolean) is
  'What finds one word in private.text_vector, in any of its readings; what is made of parts (an address, a path, a '
  'code) is found by them in their order; is_prefix finds what begins so too. Null when there is no letter in it.';

create function private.text_query(query text) returns tsquery
language plpgsql immutable set search_path = ''
as $$
declare
  term record;
  one tsquery;
  wanted tsquery;
  unwanted tsquery;
begin
  for term in
    select piece[1] = '-' as is_negated, piece[2] as phrase, piece[3] as word,
      row_number() over () = count(*) over () as is_last
    from regexp_matches($1, '(-?)(?:"([^"]*)"|([^\s"]+))', 'g') as piece
  loop
    one := case when term.phrase is not null
      then phraseto_tsquery('private.simple_unaccented', private.word_parts(private.without_accents(term.phrase)))
      else private.word_query(term.word, term.is_last) end;
    if one is null or numnode(one) = 0 then
      continue;
    elsif term.is_negated then
      unwanted := coalesce(unwanted || one, one);
    else
      wanted := coalesce(wanted && one, one);
    end if;
  end loop;
  return case when unwanted is null then wanted
    when wanted is null then !! unwanted else wanted && (!! unwanted) end;
end
$$;
comment on function private.text_query(text) is
  'What finds a person''s words in private.text_vector: all of them, "phrases" as they stand, none with a minus; null '
  'when nothing can be looked for.';

create table private.ticket_texts (
  ticket_id uuid primary key references public.support_tickets (id) on delete cascade,
  words tsvector not null
);
comment on table private.ticket_texts is 'What each ticket is found by; kept by triggers.';

-- Without a pending list: while autovacuum moves one into the index, word by word, a search that leaves a word out
-- would find what has it.
create index ticket_texts_words_idx on private.ticket_texts using gin (words) with (fastupdate = off);

alter table private.ticket_texts enable row level security;

insert into private.personal_columns (table_name, column_name, kind, basis, on_erasure, reason) values
  ('ticket_texts', 'words', 'free_text', 'contract', 'replace', 'follows the texts');

-- The planner prices a match as a comparison of two numbers; a vector is thousands of bytes kept elsewhere, and reading
-- each of them costs a hundred times what the index does.
create function private.tickets_with_words(wanted tsquery, max_rows int default null) returns setof uuid
language plpgsql stable rows 2000 set search_path = '' set enable_seqscan = off set enable_indexscan = off
as $$
begin
  return query select ticket_id from private.ticket_texts where words @@ wanted limit max_rows;
end
$$;
comment on function private.tickets_with_words(tsquery, int) is
  'Tickets that are found by that, in no order; all of them unless max_rows says how many. Never granted.';

create function private.newest_tickets_with_words(wanted tsquery, max_rows int) returns setof uuid
language plpgsql stable set search_path = '' set random_page_cost = 1.1
as $$
begin
  if (select count(*) from private.tickets_with_words(wanted, 2001)) <= 2000 then
    return query select tickets.id from public.support_tickets as tickets
      where tickets.id in (select ticket_id from private.tickets_with_words(wanted) as ticket_id)
      order by tickets.updated_at desc limit max_rows;
    return;
  end if;
  -- Of many, from the newest on until there are enough: what is no join is asked of each in turn.
  return query select tickets.id from public.support_tickets as tickets
    where coalesce(tickets.id in (select ticket_id from private.tickets_with_words(wanted) as ticket_id), false)
    order by tickets.updated_at desc limit max_rows;
end
$$;
comment on function private.newest_tickets_with_words(tsquery, int) is
  'The tickets found by that which changed last, the newest first. Never granted.';

create function private.index_tickets(ticket_ids uuid[]) returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.ticket_texts as kept (ticket_id, words)
  select tickets.id,
    setweight(private.text_vector(tickets.subject), 'A')
    || setweight(private.text_vector(concat_ws(' ', tickets.number, array_to_string(tickets.tags, ' '), customers.email,
      customers.name, customers.company, tickets.from_address, tickets.from_name)), 'B')
    -- A vector holds a megabyte: of a very long ticket the newest words are looked through.
    || private.text_vector(coalesce((select left(string_agg(said.body, ' ' order by said.at desc), 150000)
      from (select body, created_at as at from public.ticket_messages where ticket_id = tickets.id
        and withdrawn_at is null
        union all select body, created_at from public.ticket_notes where ticket_id = tickets.id) as said), ''))
  from public.support_tickets as tickets left join public.customers on customers.id = tickets.customer_id
  where tickets.id = any ($1)
  order by tickets.id
  on conflict on constraint ticket_texts_pkey do update set words = excluded.words
$$;
comment on function private.index_tickets(uuid[]) is
  'Keeps what tickets are found by: subject first, then tags and customer, then what was said and noted (the newest '
  '150,000 characters). Definer: called by triggers.';

create function private.index_written_tickets() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.index_tickets(array(select distinct ticket_id from written));
  return null;
end
$$;
comment on function private.index_written_tickets() is
  'Trigger: what was said or noted finds its ticket. Definer: the index is private.';

create trigger ticket_messages_after_insert_index after insert on public.ticket_messages
  referencing new table as written for each statement execute function private.index_written_tickets();
create trigger ticket_messages_after_update_index after update on public.ticket_messages
  referencing new table as written for each statement execute function private.index_written_tickets();
create trigger ticket_notes_after_insert_index after insert on public.ticket_notes
  referencing new table as written for each statement execute function private.index_written_tickets();
create trigger ticket_notes_after_update_index after update on public.ticket_notes
  referencing new table as written for each statement execute function private.index_written_tickets();

create function private.index_ticket() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.index_tickets(array[new.id]);
  return null;
end
$$;
comment on function private.index_ticket() is
  'Trigger: subject, tags and sender find their ticket. Definer: the index is private.';

create trigger support_tickets_after_insert_index after insert on public.support_tickets
  for each row execute function private.index_ticket();
create trigger support_tickets_after_update_index after update of subject, tags, customer_id, from_address
  on public.support_tickets for each row execute function private.index_ticket();

create function private.index_customer_tickets() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.index_tickets(array(select id from public.support_tickets where customer_id = new.id));
  return null;
end
$$;
comment on function private.index_customer_tickets() is
  'Trigger: a customer''s new name or address finds his tickets. Definer: the index is private.';

create trigger customers_after_index_tickets after update of email, name, company on public.customers
  for each row when ((old.email, old.name, old.company) is distinct from (new.email, new.name, new.company))
  execute function private.index_customer_tickets();
