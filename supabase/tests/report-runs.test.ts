import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { reports, type ScheduleRow, weekly } from './reports.ts';

let db: TestDatabase;
let admin: Persona;
let viewer: Persona;
let schedule: ScheduleRow;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());
const api = reports(new Proxy({} as TestDatabase, { get: (_, key) => db[key as keyof TestDatabase] }), () => admin);
beforeEach(async () => {
  await db.sql`delete from public.report_runs`;
  await db.sql`delete from public.alerts where kind = 'report_failed'`;
  await db.sql`update public.report_schedules set is_active = false, deleted_at = now()`;
  viewer = await db.addStaff('viewer');
  schedule = await api.save(weekly([viewer.userId]));
});
const alerts = () => db.sql`select severity, data from public.alerts where kind = 'report_failed'`;

describe('when nothing ran', () => {
  it('at nine and came back at eleven, one goes out, marked late', async () => {
    await api.dueAt(schedule.id, '2026-11-23T08:00Z');
    expect(await api.clock('2026-11-23T10:00Z')).toBe(1);
    expect(await api.clock('2026-11-23T10:01Z')).toBe(0);
    expect(await api.runs(schedule.id)).toMatchObject([
      { due_at: '2026-11-23T08:00:00+00:00', status: 'waiting', is_late: true, skipped: 0 },
    ]);
  });

  it('for three Mondays, one goes out, and says for how many it stands', async () => {
    await api.dueAt(schedule.id, '2026-11-09T08:00Z');
    expect(await api.clock('2026-11-23T09:30Z')).toBe(1);
    expect(await api.runs(schedule.id)).toMatchObject([
      { due_at: '2026-11-23T08:00:00+00:00', status: 'waiting', is_late: true, skipped: 2 },
    ]);
    expect((await api.list()).rows[0]!.next_run_at).toBe('2026-11-30T08:00:00+00:00');
  });

  it('and started at 08:59, one goes out, at nine', async () => {
    await api.dueAt(schedule.id, '2026-11-23T08:00Z');
    expect(await api.clock('2026-11-23T07:59Z')).toBe(0);
    expect(await api.clock('2026-11-23T08:00Z')).toBe(1);
    expect(await api.clock('2026-11-23T09:00Z')).toBe(0);
    expect(await api.runs(schedule.id)).toMatchObject([{ is_late: false, status: 'waiting' }]);
  });

  it('beyond the tolerance it is missed, and said', async () => {
    await api.dueAt(schedule.id, '2026-11-23T08:00Z');
    expect(await api.clock('2026-11-24T08:01Z')).toBe(0);
    expect(await api.runs(schedule.id)).toMatchObject([{ status: 'missed', is_late: true, files: [], deliveries: [] }]);
    expect([...(await alerts())]).toEqual([{ severity: 'error', data: { report: 'Lundi', error: 'missed' } }]);
    expect((await api.list()).rows[0]).toMatchObject({
      next_run_at: '2026-11-30T08:00:00+00:00',
      last_run: { status: 'missed' },
    });
    expect((await api.claim()).run_id).toBeNull();
  });
});

describe('a run', () => {
  it('is one worker’s, keeps its snapshot when it is tried again, and is mailed once each', async () => {
    const second = await db.addStaff('support');
    await api.save(weekly([viewer.userId, second.userId]), schedule.id, schedule.updated_at);
    const sent = await api.send(schedule.id);
    const [first, other] = await Promise.all([api.claim(), api.claim()]);
    const held = first.run_id ? first : other;
    expect([first.run_id, other.run_id].filter(Boolean)).toEqual([sent.id]);
    await api.leave(sent.id, held.attempt);
    const again = await api.claim();
    expect(again.snapshot['as_of']).toBe(held.snapshot['as_of']);
    expect(await api.keep(sent.id, held.attempt)).toBe('over');
    expect(await api.keep(sent.id, again.attempt)).toBe('done');
    expect(await api.keep(sent.id, again.attempt)).toBe('over');
    expect((await api.mails(sent.id)).map(({ recipient }) => recipient)).toEqual([second.email, viewer.email].sort());
    expect(await api.runs(schedule.id)).toMatchObject([
      { status: 'done', files: [{ format: 'csv', name: 'r.csv', bytes: 3 }], deliveries: [{}, {}] },
    ]);
    expect(await api.file(sent.id, 'csv', viewer)).toMatchObject({ name: 'r.csv', content: 'YTti' });
    await expect(api.file(sent.id, 'pdf', viewer)).rejects.toMatchObject({ hint: 'report_not_found' });
  });

  it('fails and is alerted after three tries, or when its workers end without a word', async () => {
    const sent = await api.send(schedule.id);
    for (const attempt of [1, 2, 3]) {
      expect((await api.claim()).attempt).toBe(attempt);
      await api.leave(sent.id, attempt, 'no font');
    }
    expect(await api.runs(schedule.id)).toMatchObject([{ status: 'failed', error: 'no font' }]);
    expect([...(await alerts())]).toEqual([{ severity: 'error', data: { report: 'Lundi', error: 'no font' } }]);
    const dead = await api.send(schedule.id);
    for (let tries = 0; tries < 3; tries += 1) {
      expect((await api.claim()).run_id).toBe(dead.id);
      await db.sql`update private.report_work set leased_until = now() - interval '1 second'`;
    }
    expect((await api.claim()).run_id).toBeNull();
    expect((await api.runs(schedule.id))[0]).toMatchObject({ status: 'failed', error: 'interrupted' });
  });

  it('goes to nobody who has left the staff, and says so when nobody is left', async () => {
    const sent = await api.send(schedule.id);
    const { attempt } = await api.claim();
    await db.sql`update public.staff set is_active = false where user_id = ${viewer.userId}`;
    expect(await api.keep(sent.id, attempt)).toBe('failed');
    expect([...(await api.mails(sent.id))]).toEqual([]);
    expect(await api.runs(schedule.id)).toMatchObject([
      { status: 'failed', error: 'no_recipient', deliveries: [{ staff_id: viewer.userId, state: 'not_allowed' }] },
    ]);
  });

  it('a mail that waits does not leave once its reader has left', async () => {
    const sent = await api.send(schedule.id);
    const { attempt } = await api.claim();
    await api.keep(sent.id, attempt);
    await db.sql`update public.staff set is_active = false where user_id = ${viewer.userId}`;
    expect((await api.mails(sent.id)).map(({ status }) => status)).toEqual(['failed']);
  });

  it('whose figures cannot be taken fails with what the server said', async () => {
    await db.sql`update public.report_schedules set segment = 'unknown' where id = ${schedule.id}`;
    await api.send(schedule.id);
    expect((await api.claim()).run_id).toBeNull();
    expect((await api.runs(schedule.id))[0]).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('22023'),
    });
  });

  it('is begun by hand one at a time', async () => {
    await api.send(schedule.id);
    await expect(api.send(schedule.id)).rejects.toMatchObject({ hint: 'report_is_running' });
  });
});

describe('the snapshot', () => {
  it('has the figures of get_metrics for its period, and says when nothing happened', async () => {
    const snapshot = await api.preview(weekly([], { is_active: false }));
    const figures = await db.as(admin, async (sql) => {
      const [row] = await sql`select public.get_metrics(array['mrr', 'tickets_open'], ${snapshot['from_day']},
        ${snapshot['to_day']}) as answer`;
      return row!['answer'].metrics as Array<{ metric: string; total: number; before: number }>;
    });
    for (const { metric, total, before } of figures)
      expect(snapshot['figures']).toContainEqual(expect.objectContaining({ metric, total, before }));
    expect(snapshot).toMatchObject({ is_empty: true, is_unchanged: true, currency: 'EUR', zone: 'Europe/Paris' });
    expect(snapshot['waterfall']).toHaveLength(12);
  });

  it.each(['monthly', 'support', 'at_risk'])('is of one moment for the template %s', async (template) => {
    const snapshot = await api.preview(weekly([], { template, is_active: false }));
    expect(snapshot['figures'].length).toBeGreaterThan(4);
    expect(Array.isArray(snapshot['risks'])).toBe(template === 'at_risk');
    expect(Array.isArray(snapshot['waterfall'])).toBe(template === 'monthly');
  });
});
