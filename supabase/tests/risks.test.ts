import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let support: Persona;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  support = await db.addStaff('support');
  viewer = await db.addStaff('viewer');
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.sql`delete from public.license_risks`;
  await db.sql`update public.licenses set deleted_at = now() where deleted_at is null`;
  await db.sql`delete from public.alerts where kind = 'licenses_at_risk'`;
});

/** A licence of 30 days, sold by transfer, seen an hour ago. */
async function sold(change: Record<string, unknown> = {}): Promise<string> {
  const [made] = await db.sql`select public.create_license(${`risk-${crypto.randomUUID()}@example.com`},
    ${`HWID-${crypto.randomUUID()}`}, 'starter', payment_method => 'bank_transfer', send_email => false)
    ->> 'id' as id`;
  const id = made!['id'] as string;
  await db.sql`update public.licenses set issued_at = now() - interval '60 days',
    last_check_in = now() - interval '1 hour' where id = ${id}`;
  if (Object.keys(change).length > 0) await db.sql`update public.licenses set ${db.sql(change)} where id = ${id}`;
  return id;
}
const days = (count: number) => new Date(Date.now() + count * 86_400_000);
const score = async () => (await db.sql`select private.score_risks() as fresh`)[0]!['fresh'] as number;
const list = (reason: string | null = null) =>
  db.as(
    viewer,
    async (sql) =>
      (await sql`select public.list_risks(${reason}) as answer`)[0]!['answer'] as {
        total: number;
        rows: Array<{ id: string; license_id: string; reasons: string[]; score: number; facts: object }>;
      },
  );
const use = (license: string, ago: number, errors: number) =>
  db.sql`insert into public.usage_stats (license_id, date, errors_count)
    values (${license}, private.business_day(now()) - ${ago}::int, ${errors})`;

describe('the list', () => {
  it('is scored by two at once as by one after the other', async () => {
    for (let each = 0; each < 3; each += 1) await sold({ expires_at: days(5) });
    const fresh = await Promise.all([score(), score(), score()]);
    expect(fresh.sort()).toEqual([0, 0, 3]);
    expect((await list()).total).toBe(3);
  });
  it('has each licence with a flag, by weight, with what it was found by', async () => {
    const both = await sold({ expires_at: days(5), last_check_in: days(-9) });
    const ending = await sold({ expires_at: days(5) });
    const silent = await sold({ expires_at: days(25), last_check_in: days(-9) });
    const never = await sold({ expires_at: days(25), last_check_in: null });
    await sold({ expires_at: days(25) });
    expect(await score()).toBe(4);
    const { rows, total } = await list();
    expect(total).toBe(4);
    expect(rows.map(({ license_id, reasons, score: of }) => [license_id, reasons, of])).toEqual([
      [both, ['expiring', 'silent'], 60],
      [ending, ['expiring'], 40],
      ...[silent, never]
        .map((id) => [id, ['silent'], 20])
        .sort(
          (a, b) => rows.findIndex((row) => row.license_id === a[0]) - rows.findIndex((row) => row.license_id === b[0]),
        ),
    ]);
    expect(rows[0]!.facts).toHaveProperty('expires_at');
    expect((await list('expiring')).total).toBe(2);
    await expect(list('bored')).rejects.toMatchObject({ code: '22023' });
  });

  it('has who fails three times as often as is usual for them, and not who fails a little', async () => {
    const [loud, usual, few] = [await sold(), await sold(), await sold()];
    for (const ago of [2, 3, 4, 5]) {
      await use(loud, ago, 3);
      await use(usual, ago, 30);
      await use(few, ago, 0);
    }
    await use(loud, 1, 10);
    await use(usual, 1, 80);
    await use(few, 1, 4);
    await score();
    expect((await list()).rows).toMatchObject([
      { license_id: loud, reasons: ['errors'], facts: { errors: 10, mean_errors: 3 } },
    ]);
  });

  it('alerts once a day, and of new ones alone', async () => {
    await sold({ expires_at: days(5) });
    await score();
    expect(await score()).toBe(0);
    expect([...(await db.sql`select data from public.alerts where kind = 'licenses_at_risk'`)]).toEqual([
      { data: { count: 1 } },
    ]);
  });
});

describe('an episode', () => {
  it('ends kept when no flag is left, and left when its licence has ended', async () => {
    const [saved, lost] = [await sold({ expires_at: days(5) }), await sold({ expires_at: days(5) })];
    await score();
    await db.sql`update public.licenses set expires_at = ${days(60)} where id = ${saved}`;
    await db.sql`update public.licenses set expires_at = ${days(-20)} where id = ${lost}`;
    await score();
    expect([...(await db.sql`select license_id, outcome from public.license_risks order by outcome`)]).toEqual([
      { license_id: saved, outcome: 'kept' },
      { license_id: lost, outcome: 'left' },
    ]);
    const quality = await db.as(
      viewer,
      async (sql) => (await sql`select public.get_risk_quality() as answer`)[0]!['answer'],
    );
    expect(quality).toMatchObject({ flagged: 2, reasons: [{ reason: 'expiring', flagged: 2 }] });
  });

  it('says who left of those it foresaw', async () => {
    const lost = await sold({ expires_at: days(5) });
    await sold({ expires_at: days(6) });
    await score();
    await db.sql`update public.license_risks set began_at = now() - interval '12 days'`;
    await db.sql`update public.licenses set expires_at = ${days(-4)} where id = ${lost}`;
    const quality = await db.as(
      viewer,
      async (sql) => (await sql`select public.get_risk_quality() as answer`)[0]!['answer'],
    );
    expect(quality).toMatchObject({ flagged: 2, left: 1, foreseen: 1, precision: 0.5, recall: 1 });
  });

  it('keeps what was said to the customer, by who may change customers', async () => {
    await sold({ expires_at: days(5) });
    await score();
    const { id } = (await list()).rows[0]!;
    const note = (who: Persona, said: string) =>
      db.as(
        who,
        async (sql) => (await sql`select public.note_risk_contact(${id}, ${said}) as row`)[0]!['row'] as object,
      );
    await expect(note(viewer, 'Vu')).rejects.toThrow(/customers.update/);
    expect(await note(support, ' Il renouvelle lundi ')).toMatchObject({ note: 'Il renouvelle lundi' });
    await expect(note(support, 'x'.repeat(501))).rejects.toMatchObject({ code: '22023' });
    const [told] = await db.sql`select count(*)::int as count from public.events where event_type = 'risk_spoken'`;
    expect(told!['count']).toBe(1);
  });
});
