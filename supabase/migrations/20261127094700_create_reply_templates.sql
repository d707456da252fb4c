-- What is answered often. Variables in braces are filled when a template is inserted, from what the answering person
-- may read; what a customer writes is never expanded.

insert into private.error_codes (code, status) values ('too_many_templates', 409);

create table public.reply_templates (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  locale text not null default 'fr',
  body text not null,
  archived_at timestamptz,
  created_by uuid default auth.uid() references public.staff (user_id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint name_is_short check (length(btrim(name)) between 1 and 120 and name !~ '[\u0001-\u001f\u007f]'),
  constraint locale_is_known check (locale in ('fr', 'en')),
  constraint body_is_bounded check (length(btrim(body)) between 1 and 20000)
);
comment on table public.reply_templates is 'Answers staff insert into theirs, shared by all; archived, never deleted.';
comment on column public.reply_templates.name is 'What it is called, 120 characters at most';
comment on column public.reply_templates.body is
  'Markdown of 20,000 characters at most; {{customer.name}}, {{license.expires_at}} … are filled when inserted';

create index reply_templates_created_by_idx on public.reply_templates (created_by);

create function private.reply_templates_before_limit() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if (select count(*) from public.reply_templates where archived_at is null) >= 500 then
    perform private.fail('too_many_templates', 'There are 500 templates at most');
  end if;
  return new;
end
$$;
comment on function private.reply_templates_before_limit() is 'Trigger: 500 templates in use at most.';

create trigger reply_templates_before_limit before insert on public.reply_templates
  for each row execute function private.reply_templates_before_limit();
create trigger reply_templates_before_touch before update on public.reply_templates
  for each row execute function private.touch_updated_at();
create trigger reply_templates_after_audit after insert or update on public.reply_templates
  for each row execute function private.audit_after_row('reply_template', 'id', '');

alter table public.reply_templates enable row level security;
revoke all on public.reply_templates from anon, authenticated, service_role;
grant select, insert (name, locale, body), update (name, locale, body, archived_at) on public.reply_templates
  to authenticated;
grant select on public.reply_templates to service_role;

create policy reply_templates_select_staff on public.reply_templates for select to authenticated
  using ((select private.has_permission('tickets.read')));
comment on policy reply_templates_select_staff on public.reply_templates is 'Whoever reads tickets reads templates.';
create policy reply_templates_insert_staff on public.reply_templates for insert to authenticated
  with check ((select private.has_permission('tickets.reply')));
comment on policy reply_templates_insert_staff on public.reply_templates is 'Whoever answers writes templates.';
create policy reply_templates_update_staff on public.reply_templates for update to authenticated
  using ((select private.has_permission('tickets.reply')))
  with check ((select private.has_permission('tickets.reply')));
comment on policy reply_templates_update_staff on public.reply_templates is 'Whoever answers corrects templates.';

insert into public.reply_templates (name, locale, body) values
  ('QR Code expiré', 'fr', E'Bonjour {{customer.name}},\n\nLe QR Code a expiré. Voici la marche à suivre :\n\n'
    '1. Fermez complètement WhatAutosys.\n2. Supprimez le dossier `auth_info_baileys`.\n'
    '3. Relancez WhatAutosys et scannez à nouveau le QR Code.\n\n'
    'Votre licence et vos données sont conservées. Tenez-moi au courant !'),
  ('Erreur de connexion réseau', 'fr', E'Bonjour {{customer.name}},\n\nWhatAutosys ne parvient pas à joindre '
    'WhatsApp. Vérifiez que votre pare-feu ou votre VPN le laisse passer, puis relancez-le.\n\n'
    'Si l’erreur revient, dites-moi à quelle heure, et je regarderai de notre côté.'),
  ('Licence expirée', 'fr', E'Bonjour {{customer.name}},\n\nVotre licence {{license.plan}} a pris fin le '
    '{{license.expires_at}}. Vous recevrez un lien pour la renouveler ; vos réglages vous attendent.'),
  ('QR code expired', 'en', E'Hello {{customer.name}},\n\nThe QR code has expired. Here is what to do:\n\n'
    '1. Close WhatAutosys completely.\n2. Delete the folder `auth_info_baileys`.\n'
    '3. Start WhatAutosys again and scan the QR code.\n\nYour licence and your data are kept. Keep me posted!'),
  ('Licence ended', 'en', E'Hello {{customer.name}},\n\nYour {{license.plan}} licence ended on '
    '{{license.expires_at}}. You will receive a link to renew it; your settings are waiting for you.');
