import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let admin: Persona;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  viewer = await db.addStaff('viewer');
});
afterAll(() => db.drop());

interface Mail {
  id: string;
  licenseId: string;
  customerId: string;
  messageId: string;
}
/** A mail that the provider took. */
async function sent(email?: string): Promise<Mail> {
  const license = await createLicense(db.sql, { ...(email ? { email } : {}), sendEmail: true });
  const [mail] = await db.sql<[{ id: string }]>`select id from public.email_outbox where license_id = ${license.id}`;
  const messageId = `m-${mail.id}`;
  await db.sql`update public.email_outbox set status = 'sent', sent_at = now(), provider_message_id = ${messageId}
    where id = ${mail.id}`;
  return { id: mail.id, licenseId: license.id, customerId: license.customer_id as string, messageId };
}

let count = 0;
const event = (mail: Pick<Mail, 'id'>, delivery: string, over: Record<string, unknown> = {}) => ({
  event_id: `e${(count += 1)}`,
  email_id: mail.id,
  message_id: null,
  delivery,
  refuses: delivery === 'bounced' || delivery === 'complained' ? delivery : null,
  reason: null,
  at: new Date(Date.parse('2026-11-20T10:00:00Z') + count * 1000).toISOString(),
  ...over,
});
const apply = async (...events: object[]) =>
  (await db.sql`select private.apply_email_events(${db.sql.json(events as never)}) as counts`)[0]!['counts'];
async function listed(mail: Mail, who = admin) {
  const [row] = await db.as(who, (sql) => sql`select public.list_emails(customer_id => ${mail.customerId}) as page`);
  return (row!['page'] as { rows: Array<Record<string, unknown>> }).rows;
}
const stateOf = async (mail: Mail) => (await listed(mail)).find(({ id }) => id === mail.id)!['state'];
const alertsOf = ({ customerId }: Mail) =>
  db.sql`select kind, subject_type, subject_id, data from public.alerts where customer_id = ${customerId}`;

describe('what the provider tells of a mail', () => {
  it('is its state: sent until told, then the gravest, in whatever order it comes', async () => {
    const mail = await sent();
    expect(await stateOf(mail)).toBe('sent');
    const [deferred, delivered, complained] = ['deferred', 'delivered', 'complained'].map((told) => event(mail, told));
    await apply(delivered!);
    await apply(deferred!);
    expect(await stateOf(mail)).toBe('delivered');
    await apply(complained!);
    await apply(event(mail, 'delivered'));
    expect(await stateOf(mail)).toBe('complained');
  });

  it('counts once, however often it comes', async () => {
    const mail = await sent();
    const once = event(mail, 'delivered');
    expect(await apply(once, once)).toEqual({ applied: 1, duplicate: 1, unknown: 0, failed: 0 });
    expect(await apply(once)).toMatchObject({ applied: 0, duplicate: 1 });
  });

  it('one bad event, or one of an unknown mail, stops none of its batch', async () => {
    const mail = await sent();
    const [broken, stranger] = [
      event(mail, 'delivered', { at: 'never' }),
      event({ id: '00000000-0000-4000-8000-000000000000' }, 'bounced'),
    ];
    expect(await apply(broken, stranger, event(mail, 'delivered'))).toEqual({
      applied: 1,
      duplicate: 0,
      unknown: 1,
      failed: 1,
    });
    expect(await stateOf(mail)).toBe('delivered');
  });

  it('finds a mail by the id the provider gave it, when ours was lost', async () => {
    const mail = await sent();
    await apply(event(mail, 'bounced', { email_id: null, message_id: mail.messageId }));
    expect(await stateOf(mail)).toBe('bounced');
  });

  it.each(['uncertain', 'pending', 'failed'])(
    'a mail we thought %s and the provider has is never sent again',
    async (status) => {
      const mail = await sent();
      await db.sql`update public.email_outbox set status = ${status}, sent_at = null where id = ${mail.id}`;
      await apply(event(mail, 'accepted'));
      expect(await stateOf(mail)).toBe('sent');
      expect((await db.sql`select id from private.claim_emails(100)`).map(({ id }) => id)).not.toContain(mail.id);
    },
  );
});

describe('an address that takes no mail', () => {
  it('is alerted once, said on the customer’s page, audited, and not written to until it is edited', async () => {
    const mail = await sent('partie@exemple.fr');
    const reason = '550 5.1.1 <partie@exemple.fr> does not exist';
    await apply(event(mail, 'bounced', { reason }));
    await apply(event(mail, 'bounced', { reason }));
    expect(await alertsOf(mail)).toEqual([
      {
        kind: 'email_bounced',
        subject_type: 'customer',
        subject_id: mail.customerId,
        data: { template: 'license_created' },
      },
    ]);
    const page = async () =>
      (await db.as(admin, (sql) => sql`select public.get_customer(${mail.customerId}) as page`))[0]!['page'];
    expect(await page()).toMatchObject({ mail_refused: 'bounced', mail_refused_reason: reason });
    const [told] = await db.sql`select event_type, event_data::text as text from public.events
      where customer_id = ${mail.customerId} order by sequence desc limit 1`;
    expect(told).toMatchObject({ event_type: 'customer_mail_refused' });
    expect(told!['text']).not.toContain('partie@');

    await db.sql`select public.revoke_license(${mail.licenseId}, 'Fin', true)`;
    await db.sql`select private.claim_emails(100)`;
    expect((await listed(mail)).map(({ template, state }) => [template, state])).toEqual([
      ['license_revoked', 'suppressed'],
      ['license_created', 'bounced'],
    ]);

    await db.sql`update public.customers set email = 'revenue@exemple.fr' where id = ${mail.customerId}`;
    expect(await page()).toMatchObject({ mail_refused: null, mail_refused_reason: null });
    const [again] = await db.sql<[{ id: string }]>`insert into public.email_outbox
      (template, locale, recipient, customer_id)
      values ('subscription_ending', 'fr', 'revenue@exemple.fr', ${mail.customerId}) returning id`;
    expect((await db.sql`select id from private.claim_emails(100)`).map(({ id }) => id)).toContain(again.id);
  });

  it('a bounce of an address given up since is of the mail alone', async () => {
    const mail = await sent();
    await db.sql`update public.customers set email = ${`neuve-${mail.id}@exemple.fr`} where id = ${mail.customerId}`;
    await apply(event(mail, 'bounced'));
    expect(await stateOf(mail)).toBe('bounced');
    expect(await alertsOf(mail)).toHaveLength(0);
  });

  it('a block of the moment refuses nothing', async () => {
    const mail = await sent();
    await apply(event(mail, 'blocked', { reason: 'mailbox full' }));
    expect((await db.sql`select mail_refused from public.customers where id = ${mail.customerId}`)[0]).toEqual({
      mail_refused: null,
    });
  });
});

describe('list_emails()', () => {
  it('masks addresses and hides what servers quote from who may not read mails', async () => {
    const mail = await sent('chloe.brun@exemple.fr');
    await apply(event(mail, 'blocked', { reason: '452 chloe.brun@exemple.fr over quota' }));
    expect((await listed(mail))[0]).toMatchObject({
      recipient: 'chloe.brun@exemple.fr',
      reason: expect.stringContaining('over quota'),
    });
    expect((await listed(mail, viewer))[0]).toMatchObject({ recipient: 'c…@exemple.fr', reason: null });
  });

  it('pages without loss, of a customer or of a licence, and of nothing else', async () => {
    const mail = await sent();
    for (let index = 0; index < 4; index += 1)
      await db.sql`insert into public.email_outbox (template, locale, recipient, customer_id, license_id)
        values ('license_revoked', 'fr', 'x@exemple.fr', ${mail.customerId}, ${mail.licenseId})`;
    const page = async (before: { created_at?: string; id?: string } = {}) =>
      (
        await db.as(
          viewer,
          // As text: the driver would cut a moment to milliseconds, and REST does not.
          (sql) => sql`select public.list_emails(license_id => ${mail.licenseId},
            before => ${before.created_at ?? null}::text::timestamptz, before_id => ${before.id ?? null},
            page_size => 2) as page`,
        )
      )[0]!['page'] as { rows: Array<{ id: string; created_at: string }>; has_more: boolean };
    const seen: string[] = [];
    let last: { id: string; created_at: string } | undefined;
    for (let more = true; more;) {
      const { rows, has_more } = await page(last);
      seen.push(...rows.map(({ id }) => id));
      last = rows.at(-1);
      more = has_more;
    }
    expect(new Set(seen).size).toBe(5);
    await expect(db.as(viewer, (sql) => sql`select public.list_emails()`)).rejects.toMatchObject({
      hint: 'invalid_argument',
    });
  });

  it('names nobody once the customer was forgotten', async () => {
    const mail = await sent();
    await db.as(admin, async (sql) => {
      await sql`select public.revoke_license(${mail.licenseId}, 'Fin')`;
      await sql`select public.forget_customer(${mail.customerId}, 'Article 17')`;
    });
    expect((await listed(mail))[0]).toMatchObject({ recipient: null });
  });
});
