import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { reports, weekly } from './reports.ts';

let db: TestDatabase;
let admin: Persona;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  viewer = await db.addStaff('viewer');
});
afterAll(() => db.drop());
const api = reports(new Proxy({} as TestDatabase, { get: (_, key) => db[key as keyof TestDatabase] }), () => admin);

it('the first is there: Monday at nine in Paris, which rests until somebody is to have it', async () => {
  const { rows } = await api.list(viewer);
  expect(rows).toMatchObject([
    { template: 'weekly', weekday: 1, local_time: '09:00', time_zone: 'Europe/Paris', is_active: false, next_runs: [] },
  ]);
  await expect(
    db.sql`update public.report_schedules set next_run_at = now() where not is_active returning next_run_at`,
  ).resolves.toMatchObject([{ next_run_at: null }]);
});

it('is written with its next three times, changed by who saw it last, and ended', async () => {
  const made = await api.save(weekly([viewer.userId]));
  expect(made.next_runs).toHaveLength(3);
  expect(made.next_run_at).toBe(made.next_runs[0]);
  const changed = await api.save(weekly([admin.userId], { name: 'Autre' }), made.id, made.updated_at);
  expect(changed.recipients).toMatchObject([{ staff_id: admin.userId, may_receive: true }]);
  await expect(api.save(weekly([admin.userId]), made.id, made.updated_at)).rejects.toMatchObject({
    hint: 'report_changed',
  });
  await api.remove(made.id);
  expect((await api.list()).rows.map(({ id }) => id)).not.toContain(made.id);
  await expect(api.send(made.id)).rejects.toMatchObject({ hint: 'report_not_found' });
  const events = await db.sql`select event_type from public.events where subject_type = 'report'
    and subject_id = ${made.id} order by sequence`;
  expect(events.map(({ event_type }) => event_type)).toEqual([
    'report_schedule_created',
    'report_schedule_changed',
    'report_schedule_deleted',
  ]);
});

describe('is refused', () => {
  it.each([
    ['name', { name: '  ' }],
    ['template', { template: 'yearly' }],
    ['language', { language: 'de' }],
    ['frequency', { frequency: 'hourly' }],
    ['weekday', { weekday: 8 }],
    ['month_day', { frequency: 'monthly', month_day: 32 }],
    ['local_time', { local_time: '24:00' }],
    ['time_zone', { time_zone: 'CEST' }],
    ['plan', { plan: 'unknown' }],
    ['formats', { formats: ['docx'] }],
    ['formats', { formats: [] }],
    ['recipients', { recipients: ['0f1e2d3c-0000-4000-8000-000000000001'] }],
    ['colour', { colour: 'red' }],
  ])('with a wrong %s', async (field, change) => {
    await expect(api.save(weekly([viewer.userId], change))).rejects.toMatchObject({
      hint: 'invalid_report',
      detail: JSON.stringify({ field }).replace(':', ': '),
    });
  });

  it('for somebody off the staff, and without anybody to go to', async () => {
    const gone = await db.addStaff('support', { isActive: false });
    await expect(api.save(weekly([gone.userId]))).rejects.toMatchObject({ hint: 'invalid_report' });
    await expect(api.save(weekly([]))).rejects.toMatchObject({ hint: 'report_needs_recipient' });
    const resting = await api.save(weekly([], { is_active: false }));
    await expect(api.send(resting.id)).rejects.toMatchObject({ hint: 'report_needs_recipient' });
  });

  it('to who may not manage reports, whom it changes nothing for', async () => {
    const made = await api.save(weekly([viewer.userId]));
    await expect(api.save(weekly([]), made.id, made.updated_at, viewer)).rejects.toMatchObject({ code: '42501' });
    await expect(api.send(made.id, viewer)).rejects.toMatchObject({ code: '42501' });
    await expect(api.remove(made.id, viewer)).rejects.toMatchObject({ code: '42501' });
    await expect(api.preview(weekly([]), viewer)).rejects.toMatchObject({ code: '42501' });
    expect((await api.list(viewer)).rows).toContainEqual(expect.objectContaining({ id: made.id, last_run: null }));
  });
});
