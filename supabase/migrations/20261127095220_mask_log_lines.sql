-- What the log never keeps: rules are rows, applied in their order by the functions that take lines in, before anything
-- is stored. A line is masked for good.

create table private.log_masks (
  name text primary key,
  position int not null,
  applies_to text not null default 'text',
  pattern text not null,
  replacement text not null,
  test text,
  constraint name_is_snake_case check (name ~ '^[a-z][a-z_]{2,31}$'),
  constraint applies_to_is_known check (applies_to in ('text', 'key')),
  constraint test_is_known check (test in ('luhn'))
);
comment on table private.log_masks is 'What is masked in lines of the log on their way in.';
comment on column private.log_masks.name is 'What it looks for';
comment on column private.log_masks.position is 'Order, smallest first';
comment on column private.log_masks.applies_to is 'text: what matches; key: values of the context by their name';
comment on column private.log_masks.pattern is 'JavaScript regular expression, with the flags g, i and u';
comment on column private.log_masks.replacement is 'What stands in its place, $1 for a group';
comment on column private.log_masks.test is 'luhn: digits whose check digit is right, as those of cards';

alter table private.log_masks enable row level security;

insert into private.log_masks (name, position, applies_to, pattern, replacement, test) values
  ('image_data', 10, 'text', 'data:image\/[a-z+.\-]+;base64,[A-Za-z0-9+\/=]{40,}', '[image]', null),
  ('qr_payload', 20, 'text', '(?<![\w@])\d@[A-Za-z0-9+\/=]{16,}(?:,[A-Za-z0-9+\/=]{8,}){1,5}', '[qr]', null),
  ('json_web_token', 30, 'text', '(?<!\w)eyJ[\w\-]{8,}\.[\w\-]{4,}(?:\.[\w\-]*)?', '[token]', null),
  ('provider_token', 40, 'text',
    '(?<!\w)(?:(?:sk|pk|rk)_(?:live|test)_\w{8,}|whsec_\w{8,}|wa[los]_[0-9a-f]{64}|gh[pousr]_\w{20,}|github_pat_\w{20,}'
    || '|xox[abeprs]-[\w\-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w\-]{30,}|SG\.[\w\-]{16,}\.[\w\-]{16,}|sb_secret_\w{8,}'
    || '|sk-[\w\-]{20,})', '[token]', null),
  ('authorization', 50, 'text', '(?<!\w)(bearer|basic)\s+[\w.~+\/=\-]{8,}', '$1 [token]', null),
  ('named_secret', 60, 'text',
    '(?<![a-z])((?:password|passwd|pwd|mot de passe|secret|token|api[_\-]?key|authorization|cookie)["'']?\s*[:=]\s*'
    || '["'']?)(?!\[|bearer|basic)[^\s"'',;&}\]]{3,}', '$1[secret]', null),
  ('url_password', 65, 'text', '(?<![a-z0-9])([a-z][a-z0-9+.\-]{1,20}:\/\/[^\s\/:@"'']{0,100}:)[^\s\/@"'']{1,200}(?=@)',
    '$1[secret]', null),
  -- As license-check reads it: whatever stands between its groups, or nothing. Words have no digits.
  ('license_key', 70, 'text', '(?<![\w\-])(?:[A-HJ-NP-Z2-9]{5}(?:-[A-HJ-NP-Z2-9]{5}){4}'
    || '|(?=(?:[A-HJ-NP-Z][\s\-_.\u2010-\u2015]{0,3}){0,24}[2-9])[A-HJ-NP-Z2-9]{5}'
    || '(?:[\s\-_.\u2010-\u2015]{0,3}[A-HJ-NP-Z2-9]{5}){4})(?![\w\-])', '[license_key]', null),
  ('card_number', 80, 'text', '(?<![\w.])\d(?:[ \-]?\d){12,18}(?![\w.]*\d)', '[card]', 'luhn'),
  ('whatsapp_number', 90, 'text', '(?<!\w)\d{8,15}(?=(?::\d{1,3})?@(?:s\.whatsapp\.net|c\.us|lid|g\.us))', '[phone]',
    null),
  ('phone_number', 100, 'text', '(?<![\w.+])(?:\+|00)[1-9](?:[ .()\-]{0,2}\d){7,14}(?!\d)', '[phone]', null),
  ('french_phone_number', 110, 'text', '(?<![\w.+\/\-])0[1-9](?:[ .\-]?\d{2}){4}(?![\w\-]|\.\d)', '[phone]', null),
  ('secret_key', 200, 'key',
    '^(?:.*[_\-. ])?(?:password|passwd|pwd|secret|token|api[_\-]?key|authorization|cookies?|set-cookie|qr|qr[_\-]?code'
    || '|license[_\-]?key|hwid|phone|phone[_\-]?number|card|card[_\-]?number|private[_\-]?key)$'
    || '|(?:Password|Secret|Token|ApiKey|QrCode|LicenseKey|PhoneNumber|CardNumber|PrivateKey)$', '[secret]', null);
