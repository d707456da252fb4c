import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newCalendar, week } from './support-hours.ts';
import { createDesk, type Moment } from './ticket-deadlines.ts';

type Desk = Awaited<ReturnType<typeof createDesk>>;
let desk: Desk;
let db: Desk['db'];
let clocks: Desk['clocks'];
let useLunch: Desk['useLunch'];
beforeAll(async () => {
  desk = await createDesk();
  ({ db, clocks, useLunch } = desk);
});
afterAll(() => desk.db.drop());
beforeEach(() => desk.usePromises());

describe('the first response', () => {
  it.each([
    ['Tue 12:00 → 15:00', '2026-03-10T12:00+01:00', '2026-03-10T14:00Z'],
    ['Sun 23:00 → Mon 11:00', '2026-03-08T23:00+01:00', '2026-03-09T10:00Z'],
    ['to summer time', '2026-03-27T17:30+01:00', '2026-03-30T08:30Z'],
    ['to winter time', '2026-10-23T17:30+02:00', '2026-10-26T09:30Z'],
    ['over Ascension', '2026-05-13T17:00+02:00', '2026-05-15T08:00Z'],
  ])('opened %s', async (_, opened, due) => {
    await useLunch();
    expect((await clocks([[opened, 'customer']])).first).toMatchObject({ due, isRunning: true });
  });

  it('opened Mon 09:00 and waiting from 09:30 to 11:30 is due at 14:00, lunch left out', async () => {
    await useLunch();
    const waiting: Moment[] = [
      ['2026-03-09T09:00+01:00', 'customer'],
      ['2026-03-09T09:30+01:00', 'status', 'waiting'],
    ];
    expect((await clocks(waiting)).first).toMatchObject({ due: null, isRunning: false, isLate: false });
    const resumed = await clocks([...waiting, ['2026-03-09T11:30+01:00', 'status', 'open']]);
    expect(resumed.first).toMatchObject({ due: '2026-03-09T13:00Z', isRunning: true });
  });

  it('runs on while a ticket waits when its policy has no pause, and stands once it is resolved', async () => {
    await useLunch();
    await db.sql`update public.sla_policies set is_paused_while_waiting = false where priority = 'medium'`;
    const waiting: Moment[] = [
      ['2026-03-09T09:00+01:00', 'customer'],
      ['2026-03-09T09:30+01:00', 'status', 'waiting'],
    ];
    const late = await clocks(waiting, '2026-03-09T11:00+01:00');
    expect(late.first).toMatchObject({ due: '2026-03-09T10:00Z', isRunning: true, isLate: true });
    const over = await clocks([...waiting, ['2026-03-09T10:30+01:00', 'status', 'resolved']]);
    expect([over.first, over.resolution]).toMatchObject([
      { isRunning: false, isLate: false, seconds: 5400 },
      { isRunning: false, seconds: 5400 },
    ]);
  });

  it('opened Fri 17:30 and answered Mon 09:15 took 45 minutes', async () => {
    const { first, next } = await clocks([
      ['2026-03-13T17:30+01:00', 'customer'],
      ['2026-03-16T09:15+01:00', 'staff'],
    ]);
    expect(first).toMatchObject({ seconds: 45 * 60, isLate: false, isRunning: false, due: '2026-03-16T09:30Z' });
    expect(next).toEqual([]);
  });

  it('is warned of in working hours', async () => {
    const early = await newCalendar(db, week('08:00-18:00'));
    await db.sql`update public.sla_policies set calendar_id = ${early}, first_response_minutes = 240,
      warn_minutes = 60`;
    expect((await clocks([['2026-03-09T17:00+01:00', 'customer']])).first).toMatchObject({
      due: '2026-03-10T10:00Z',
      warn: '2026-03-10T09:00Z',
    });
  });

  it('is late from its deadline on, on time when given at it', async () => {
    const opened: Moment = ['2026-03-10T09:00+01:00', 'customer'];
    expect((await clocks([opened], '2026-03-10T09:59:59Z')).first).toMatchObject({ isLate: false });
    expect((await clocks([opened], '2026-03-10T10:00Z')).first).toMatchObject({ isLate: true });
    const given = async (when: string) => (await clocks([opened, [when, 'staff']])).first?.isLate;
    expect(await given('2026-03-10T10:00:00Z')).toBe(false);
    expect(await given('2026-03-10T10:00:01Z')).toBe(true);
  });

  it('of a ticket we began is not awaited, the answer to what the customer then writes is', async () => {
    const { first, next } = await clocks([
      ['2026-03-10T09:00+01:00', 'staff'],
      ['2026-03-10T09:00+01:00', 'status', 'waiting'],
      ['2026-03-10T10:00+01:00', 'customer'],
      ['2026-03-10T10:00+01:00', 'status', 'open'],
    ]);
    expect(first).toBeUndefined();
    expect(next).toMatchObject([{ due: '2026-03-10T10:00Z', isRunning: true }]);
  });

  it('is judged by the priority that held when it was given', async () => {
    await db.sql`update public.sla_policies set first_response_minutes = 60 where priority = 'critical'`;
    const { first, resolution } = await clocks([
      ['2026-03-10T09:00+01:00', 'customer'],
      ['2026-03-10T10:30+01:00', 'staff'],
      ['2026-03-10T11:00+01:00', 'priority', 'critical'],
    ]);
    expect(first).toMatchObject({ isLate: false, due: '2026-03-10T10:00Z' });
    expect(resolution).toMatchObject({ due: '2026-03-11T17:00Z' });
  });
});

describe('the next response', () => {
  const answered: Moment[] = [
    ['2026-03-10T09:00+01:00', 'customer'],
    ['2026-03-10T09:30+01:00', 'staff'],
  ];

  it('is awaited from the first message that is not answered, and by nobody while we spoke last', async () => {
    expect((await clocks(answered)).next).toEqual([]);
    const asked: Moment[] = [
      ...answered,
      ['2026-03-10T10:00+01:00', 'customer'],
      ['2026-03-10T10:40+01:00', 'customer'],
    ];
    expect((await clocks(asked)).next).toMatchObject([{ due: '2026-03-10T10:00Z', isRunning: true }]);
    const done = (await clocks([...asked, ['2026-03-10T10:50+01:00', 'staff']])).next;
    expect(done).toMatchObject([{ isRunning: false, isLate: false, seconds: 50 * 60 }]);
  });

  it('is not awaited once it is resolved, the customer’s thanks the last word', async () => {
    const { next, resolution } = await clocks([
      ...answered,
      ['2026-03-10T10:00+01:00', 'customer'],
      ['2026-03-10T10:05+01:00', 'status', 'resolved'],
    ]);
    expect(next).toMatchObject([{ isRunning: false, isLate: false, seconds: 5 * 60 }]);
    expect(resolution).toMatchObject({ isRunning: false, isLate: false, seconds: 65 * 60 });
  });

  it('promised sooner than the first overrules nothing before it', async () => {
    await db.sql`update public.sla_policies set next_response_minutes = 5`;
    const { first, next } = await clocks([
      ['2026-03-10T09:00+01:00', 'customer'],
      ['2026-03-10T09:10+01:00', 'customer'],
    ]);
    expect([first?.due, next]).toEqual(['2026-03-10T10:00Z', []]);
  });

  it('that came late stays so, whatever followed', async () => {
    const { next } = await clocks([
      ...answered,
      ['2026-03-10T10:00+01:00', 'customer'],
      ['2026-03-10T12:00+01:00', 'staff'],
      ['2026-03-10T14:00+01:00', 'customer'],
      ['2026-03-10T14:10+01:00', 'staff'],
    ]);
    expect(next.map(({ isLate }) => isLate)).toEqual([true, false]);
  });
});

describe('the resolution', () => {
  it('takes no time while it waits for the customer, nor while it is resolved', async () => {
    const { resolution } = await clocks([
      ['2026-03-10T09:00+01:00', 'customer'],
      ['2026-03-10T10:00+01:00', 'status', 'waiting'],
      ['2026-03-11T09:00+01:00', 'status', 'open'],
      ['2026-03-11T10:00+01:00', 'status', 'resolved'],
      ['2026-03-12T09:00+01:00', 'status', 'open'],
      ['2026-03-12T09:30+01:00', 'status', 'resolved'],
      ['2026-03-13T09:30+01:00', 'status', 'closed'],
    ]);
    expect(resolution).toMatchObject({ seconds: 2.5 * 3600, isLate: false });
  });
});
