import { useToast } from '@nuxt/ui/composables';
import { describe, expect, it } from 'vitest';
import { defineComponent, h } from 'vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import type { Report, ReportRun } from '../queries.ts';
import ReportsPage from './ReportsPage.vue';

const LIST = 'POST /rest/v1/rpc/list_report_schedules';
const RUNS = 'POST /rest/v1/rpc/list_report_runs';
const SAVE = 'POST /rest/v1/rpc/save_report_schedule';
const SEND = 'POST /rest/v1/rpc/send_report_now';
const id = (last: number) => `5d2f1c00-0000-4000-8000-00000000000${last}`;

const run = (over: Partial<ReportRun> = {}): ReportRun => ({
  id: id(2),
  schedule_id: id(1),
  name: 'Lundi',
  due_at: '2026-11-23T08:00:00Z',
  is_manual: false,
  requested_by_name: null,
  status: 'done',
  error: null,
  is_late: false,
  skipped: 0,
  as_of: '2026-11-23T08:00:10Z',
  from_day: '2026-11-16',
  to_day: '2026-11-22',
  started_at: '2026-11-23T08:00:10Z',
  finished_at: '2026-11-23T08:00:12Z',
  created_at: '2026-11-23T08:00:00Z',
  files: [{ format: 'pdf', name: 'lundi.pdf', bytes: 7519 }],
  deliveries: [{ staff_id: id(3), display_name: 'Sophie', state: 'delivered' }],
  ...over,
});
const report = (over: Partial<Report> = {}): Report => ({
  id: id(1),
  name: 'Lundi',
  template: 'weekly',
  language: 'fr',
  frequency: 'weekly',
  weekday: 1,
  month_day: null,
  local_time: '09:00',
  time_zone: 'America/New_York',
  plan: null,
  segment: null,
  formats: ['pdf', 'csv'],
  is_active: true,
  next_run_at: '2026-11-30T14:00:00Z',
  next_runs: ['2026-11-30T14:00:00Z', '2026-12-07T14:00:00Z', '2026-12-14T14:00:00Z'],
  updated_at: '2026-11-20T10:00:00Z',
  recipients: [{ staff_id: id(3), display_name: 'Sophie', may_receive: true }],
  last_run: run(),
  ...over,
});
const listed =
  (...rows: Report[]) =>
  () => ({ rows, candidates: [] });
const ran =
  (...rows: ReportRun[]) =>
  () => ({ total: rows.length, rows });
const text = () => (document.body.textContent ?? '').replace(/[\u00a0\u202f]/g, ' ');
const button = (name: string) => document.querySelector<HTMLElement>(`button[aria-label="${name}"]`);
let toasts: ReturnType<typeof useToast>['toasts'];
const told = () => toasts.value.map(({ title }) => title);
const path = '/rapports';

describe('ReportsPage', () => {
  it('tells when each leaves, by the clock of its own zone, and what became of the last', async () => {
    mockApi({ [LIST]: listed(report()), [RUNS]: ran(run()) });
    await mountApp(ReportsPage, { path });
    await until(() => expect(text()).toContain('Sophie : reçu'));
    expect(text()).toContain('chaque lundi à 09:00 (America/New_York)');
    expect(text()).toContain('30 nov. 2026, 09:00 · 7 déc. 2026, 09:00 · 14 déc. 2026, 09:00');
    expect(await axeViolations()).toEqual([]);
  });

  it('says what was late, missed or failed, and why', async () => {
    const rows = [
      run({ is_late: true, skipped: 2 }),
      run({ id: id(4), status: 'missed', files: [], deliveries: [] }),
      run({ id: id(5), status: 'failed', error: 'no_recipient', files: [] }),
      run({ id: id(6), status: 'failed', error: 'no font', files: [] }),
    ];
    mockApi({ [LIST]: listed(report()), [RUNS]: ran(...rows) });
    await mountApp(ReportsPage, { path });
    await until(() => expect(text()).toContain('Manqué'));
    for (const said of ['Envoyé en retard', 'Tient lieu de 2 envois précédents', 'Plus personne de ses', 'no font'])
      expect(text()).toContain(said);
  });

  it('offers nothing to change to who may only read', async () => {
    mockApi({ [LIST]: listed(report()), [RUNS]: ran() });
    await mountApp(ReportsPage, { path, role: 'viewer' });
    await until(() => expect(text()).toContain('Rien n’est encore parti.'));
    expect(text()).not.toContain('Nouveau rapport');
    expect(button('Envoyer « Lundi » maintenant')).toBeNull();
  });

  it('says that there is none', async () => {
    mockApi({ [LIST]: listed(), [RUNS]: ran() });
    await mountApp(ReportsPage, { path });
    await until(() => expect(text()).toContain('Aucun rapport'));
  });

  it('sends one now, and says when that is refused', async () => {
    let answer: unknown = run({ status: 'waiting' });
    const calls = mockApi({ [LIST]: listed(report()), [RUNS]: ran(), [SEND]: () => answer });
    const page = defineComponent({ setup: () => (({ toasts } = useToast()), () => h(ReportsPage)) });
    await mountApp(page, { path });
    await until(() => expect(button('Envoyer « Lundi » maintenant')).not.toBeNull());
    button('Envoyer « Lundi » maintenant')!.click();
    await until(() => expect(told()).toContain('Le rapport part dans un instant'));
    expect(calls.find(({ route }) => route === SEND)!.body).toEqual({ schedule_id: id(1) });
    answer = new ApiFailure(409, { code: 'PT409', hint: 'report_is_running', message: 'busy' });
    button('Envoyer « Lundi » maintenant')!.click();
    await until(() => expect(told()).toContain('Ce rapport est déjà en cours d’envoi.'));
  });

  it('is written for colleagues, by its own zone, and keeps what was seen', async () => {
    const calls = mockApi({
      [LIST]: listed(report()),
      [RUNS]: ran(),
      [SAVE]: () => report(),
    });
    await mountApp(ReportsPage, { path });
    await until(() => expect(button('Modifier « Lundi »')).not.toBeNull());
    button('Modifier « Lundi »')!.click();
    await until(() => expect(document.querySelector('[role="dialog"]')).not.toBeNull());
    const save = () =>
      [...document.querySelectorAll('button')].find((each) => each.textContent.trim() === 'Enregistrer')!;
    await until(() => expect(save()).toBeDefined());
    save().click();
    await until(() => expect(calls.some(({ route }) => route === SAVE)).toBe(true));
    expect(calls.find(({ route }) => route === SAVE)!.body).toMatchObject({
      schedule_id: id(1),
      seen_at: '2026-11-20T10:00:00Z',
      report: { weekday: 1, local_time: '09:00', time_zone: 'America/New_York', plan: null, recipients: [id(3)] },
    });
  });
});
