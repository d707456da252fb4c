import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';

let db: TestDatabase;
beforeEach(async () => {
  await db?.drop();
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const claim = () => db.sql`select * from private.claim_emails(20)`;
const mails = () =>
  db.sql`select id, status, attempts, next_attempt_at, last_error, provider_message_id, sent_at
    from public.email_outbox`;
const settle = (id: string, outcome: string, retryAfter: number | null = null) =>
  db.sql`select private.settle_email(${id}, ${outcome}, 'm1', 'why', ${retryAfter})`;

describe('the outbox', () => {
  it('hands each mail to one worker only, with the key opened for the moment of sending', async () => {
    const license = await createLicense(db.sql, { sendEmail: true });
    for (let index = 0; index < 30; index += 1) await createLicense(db.sql, { sendEmail: true });
    const batches = await Promise.all([claim(), claim(), claim()]);
    const ids = batches.flat().map(({ id }) => id);
    expect(ids).toHaveLength(31);
    expect(new Set(ids).size).toBe(31);
    expect(batches.flat().map(({ data }) => data.license_key)).toContain(license.license_key);
    expect(await claim()).toHaveLength(0);
  });

  it('sends no key that was revoked or deleted meanwhile', async () => {
    const [revoked, deleted] = [
      await createLicense(db.sql, { sendEmail: true }),
      await createLicense(db.sql, { sendEmail: true }),
    ];
    await db.sql`select public.revoke_license(${revoked.id}, 'fraud', true),
      public.delete_license(${deleted.id}, 'typo')`;
    expect((await claim()).map(({ template }) => template)).toEqual(['license_revoked']);
    const kept = (await mails()).filter(({ status }) => status === 'failed');
    expect(kept.map(({ last_error }) => last_error)).toEqual(
      Array(2).fill('the licence was revoked or deleted before sending'),
    );
  });

  it('a sent mail is settled for good', async () => {
    await createLicense(db.sql, { sendEmail: true });
    const [mail] = await claim();
    await settle(mail!.id, 'sent');
    expect((await mails())[0]).toMatchObject({
      status: 'sent',
      attempts: 1,
      provider_message_id: 'm1',
      last_error: null,
      sent_at: expect.any(Date),
    });
    await settle(mail!.id, 'retry');
    expect((await mails())[0]).toMatchObject({ status: 'sent' });
  });

  it('a retry waits longer each time, as long as the provider asks, and ends as failed', async () => {
    await createLicense(db.sql, { sendEmail: true });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await db.sql`update public.email_outbox set next_attempt_at = now() where status = 'pending'`;
      const [mail] = await claim();
      await settle(mail!.id, 'retry', attempt === 2 ? 500 : null);
      waits.push(Math.round(((await mails())[0]!.next_attempt_at.getTime() - Date.now()) / 1000));
      expect(await claim()).toHaveLength(0);
    }
    expect(waits.slice(0, 4).map((wait) => Math.round(wait / 10) * 10)).toEqual([30, 500, 120, 240]);
    expect((await mails())[0]).toMatchObject({ status: 'failed', attempts: 8 });
  });

  it('one key that cannot be opened costs the other mails nothing', async () => {
    const [broken, sound] = [
      await createLicense(db.sql, { sendEmail: true }),
      await createLicense(db.sql, { sendEmail: true }),
    ];
    await db.sql`update private.license_secrets set license_key_encrypted = '\\x00' where license_id = ${broken.id}`;
    const keys = (await claim()).map(({ data }) => data.license_key);
    expect(keys).toHaveLength(2);
    expect(keys).toEqual(expect.arrayContaining([undefined, sound.license_key]));
  });

  it('what did not leave is alerted, with the licence', async () => {
    const license = await createLicense(db.sql, { sendEmail: true });
    const [mail] = await claim();
    await settle(mail!.id, 'failed');
    expect(await db.sql`select kind, permission, subject_type, subject_id, data from public.alerts`).toEqual([
      {
        kind: 'email_failed',
        permission: 'emails.read',
        subject_type: 'license',
        subject_id: license.id,
        data: { template: 'license_created', error: 'why' },
      },
    ]);
  });

  it('a mail whose worker died is uncertain and never sent twice', async () => {
    await createLicense(db.sql, { sendEmail: true });
    await claim();
    await db.sql`update public.email_outbox set claimed_at = now() - interval '11 minutes'`;
    expect(await claim()).toHaveLength(0);
    expect((await mails())[0]).toMatchObject({ status: 'uncertain' });
  });

  it('a licence that is rolled back leaves no mail', async () => {
    await expect(
      db.sql.begin(async (sql) => {
        await createLicense(sql, { sendEmail: true });
        throw new Error('back');
      }),
    ).rejects.toThrow('back');
    expect(await mails()).toHaveLength(0);
  });

  it('new mail calls mail-dispatch after commit, with the secret of the vault', async () => {
    await db.sql`select vault.create_secret('http://127.0.0.1:1', 'project_url'),
      vault.create_secret('s3cret', 'cron_secret')`;
    await createLicense(db.sql, { sendEmail: true });
    const [request] = await db.sql`select url, headers from net.http_request_queue`;
    expect(request).toMatchObject({
      url: 'http://127.0.0.1:1/functions/v1/mail-dispatch',
      headers: { 'x-cron-secret': 's3cret' },
    });
  });
});
