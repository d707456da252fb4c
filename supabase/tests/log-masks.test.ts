import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMasks, type MaskRule, type Masks } from '@whatautosys/edge-functions/_shared/logs/masks';
import { createTestDatabase, type TestDatabase } from './database.ts';

let db: TestDatabase;
let masks: Masks;
beforeAll(async () => {
  db = await createTestDatabase();
  masks = createMasks(
    await db.sql<MaskRule[]>`select name, pattern, replacement, applies_to, test
    from private.log_masks order by position, name`,
  );
});
afterAll(() => db.drop());

describe('the rules of the database', () => {
  it.each([
    ['key ABCDE-FGHJK-MNPQR-STUVW-XYZ23 expired', 'key [license_key] expired'],
    ['key ABCDEFGHJKMNPQRSTUVWXYZ23', 'key [license_key]'],
    ['key abcdefghjkmnpqrstuvwxyz23 no', 'key [license_key] no'],
    ['key ABCDE FGHJK MNPQR STUVW XYZ23', 'key [license_key]'],
    ['key ABCDE_FGHJK_MNPQR_STUVW_XYZ23', 'key [license_key]'],
    ['key ABCDE – FGHJK – MNPQR – STUVW – XYZ23', 'key [license_key]'],
    ['postgres://admin:S3cretPw@db.internal:5432/x', 'postgres://admin:[secret]@db.internal:5432/x'],
    ['redis://:pw12345@r and https://bob:hunter2x@host/y', 'redis://:[secret]@r and https://bob:[secret]@host/y'],
    ['authorization: Bearer abc.def-ghi_jkl', 'authorization: Bearer [token]'],
    ['token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl ok', 'token=[token] ok'],
    ['using sk_live_51Nabcdefghij for Stripe', 'using [token] for Stripe'],
    ['{"password":"hunter2","a":1}', '{"password":"[secret]","a":1}'],
    ["api_key = 'abcd1234'", "api_key = '[secret]'"],
    ['card 4242 4242 4242 4242 declined', 'card [card] declined'],
    ['card 4242-4242-4242-4242', 'card [card]'],
    ['order 4242424242424241', 'order 4242424242424241'],
    ['to 33612345678@s.whatsapp.net', 'to [phone]@s.whatsapp.net'],
    ['to 33612345678:12@s.whatsapp.net', 'to [phone]:12@s.whatsapp.net'],
    ['call +33 6 12 34 56 78 now', 'call [phone] now'],
    ['call +33(0)612345678', 'call [phone]'],
    ['appeler 06 12 34 56 78.', 'appeler [phone].'],
    ['appeler 06.12.34.56.78', 'appeler [phone]'],
    ['00336123456789 ok', '[phone] ok'],
    ['qr 2@AbCdEfGhIjKlMnOp+/==,AbCdEfGh12345678,QrStUvWx==', 'qr [qr]'],
    [`img data:image/png;base64,${'A'.repeat(60)}`, 'img [image]'],
  ])('mask %s', (text, masked) => expect(masks.text(text)).toBe(masked));

  it.each([
    'Rate limit approaching: 8750/10000 requests',
    'at baileys.connect (baileys.js:142:17)',
    'v2.4.1 started at 2026-03-01T12:00:00.123Z in 1500 ms',
    'connect ECONNREFUSED 10.20.30.40:443',
    'session 3f2b8c1e-0d9a-4b7e-9c55-1f2e3d4c5b6a closed',
    'invoice in_1NxYz98AbCdEf',
    String.raw`C:\Users\x\secret.txt missing`,
    'unix 1772366400123',
    'pid 0123456',
    'these trunk ready steep qualm words here',
    'md5 d41d8cd98f00b204e9800998ecf8427e',
    'see https://example.test:8443/a@b and https://host/x:y@z',
  ])('leave %s', (text) => expect(masks.text(text)).toBe(text));

  it.each(['password', 'db_password', 'Authorization', 'set-cookie', 'apiKey', 'accessToken', 'qr', 'qrCode', 'phone'])(
    'empty a value called %s',
    (name) => expect(masks.key(name)).toBe('[secret]'),
  );
  it.each(['passwordless', 'tokens_used', 'message', 'phone_model', 'qrcodes', 'key'])('leave one called %s', (name) =>
    expect(masks.key(name)).toBeNull(),
  );

  it.each(['1'.repeat(16_000), '1 '.repeat(8_000), 'a.'.repeat(8_000), '2@'.repeat(8_000), '+1'.repeat(8_000)])(
    'take no time for a hostile text',
    (text) => {
      const started = performance.now();
      masks.text(text);
      // Not a measurement: an expression that goes back and forth would need minutes.
      expect(performance.now() - started).toBeLessThan(5_000);
    },
  );
});
