import { useToast } from '@nuxt/ui/composables';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { announce } from '@/test/realtime.ts';
import { logExport } from '../test-data.ts';
import LogExportButton from './LogExportButton.vue';
import type { LogExport } from './queries.ts';

const rpc = (name: string) => `POST /rest/v1/rpc/${name}`;
const LIST = rpc('list_log_exports');
const question = { query: 'level:error', from_time: '2026-11-27T08:00:00.000Z', to_time: null };
const props = { question, total: 1_234, zone: 'Europe/Paris', short: (instant: string) => instant.slice(0, 16) };
const dialog = () => document.querySelector('[role="dialog"]')!;
const text = () => (document.body.textContent ?? '').replace(/[\u00a0\u202f]/g, ' ');
const button = (name: RegExp) =>
  [...document.querySelectorAll('button')].find((each) =>
    name.test(each.getAttribute('aria-label') ?? each.textContent ?? ''),
  );
const press = async (name: RegExp) => {
  await until(() => expect(button(name)).toBeDefined());
  button(name)!.click();
};
let toasts: ReturnType<typeof useToast>['toasts'];
const mounted = async (rows: LogExport[], over: Parameters<typeof mockApi>[0] = {}) => {
  const shown = { rows };
  const calls = mockApi({ [LIST]: () => shown, ...over });
  await mountApp(defineComponent({ setup: () => (({ toasts } = useToast()), () => h(LogExportButton, props)) }));
  toasts.value = [];
  return { calls, shown, asked: (name: string) => calls.find(({ route }) => route === rpc(name))?.body };
};
afterEach(() => vi.restoreAllMocks());

describe('LogExportButton', () => {
  it('asks for what is filtered, in the zone that is shown', async () => {
    const { asked } = await mounted([], { [rpc('export_logs')]: () => logExport({ state: 'queued' }) });
    await press(/^Exporter$/);
    await until(() => expect(text()).toContain('Aucun fichier pour le moment'));
    expect(text()).toMatch(/level:error.*Depuis le 2026-11-27T08:00 \(Europe\/Paris\).*1 234/);
    expect(await axeViolations(dialog())).toEqual([]);
    document.querySelectorAll<HTMLElement>('[role="radio"]')[1]!.click();
    await press(/^Préparer le fichier/);
    await until(() =>
      expect(asked('export_logs')).toEqual({ ...question, format: 'ndjson', time_zone: 'Europe/Paris' }),
    );
  });

  it('says why no more can wait', async () => {
    const refused = { code: 'PT409', hint: 'too_many_log_exports', message: 'no', details: '' };
    await mounted([], { [rpc('export_logs')]: () => new ApiFailure(409, refused) });
    await press(/^Exporter$/);
    await press(/^Préparer le fichier/);
    await until(() => expect(text()).toContain('Cinq de vos exports attendent déjà'));
  });

  it('shows how far one is, cancels it and lets it go on', async () => {
    const { asked, shown } = await mounted([logExport()], {
      [rpc('cancel_log_export')]: () => logExport({ state: 'cancelled' }),
      [rpc('resume_log_export')]: () => logExport({ state: 'queued' }),
    });
    await press(/^Export en cours 25 %$/);
    await until(() => expect(text()).toMatch(/En cours.*250 sur 1 000 lignes.*25 %.*jusqu’au 2026-11-27T20:00/));
    expect(await axeViolations(dialog())).toEqual([]);
    shown.rows = [logExport({ state: 'cancelled' })];
    await press(/^Annuler$/);
    await until(() => expect(asked('cancel_log_export')).toEqual({ export_id: logExport().id }));
    await press(/^Reprendre$/);
    await until(() => expect(asked('resume_log_export')).toEqual({ export_id: logExport().id }));
  });

  it('says why one failed, and takes two clicks to remove it', async () => {
    const { asked } = await mounted([logExport({ state: 'failed', failure: 'storage_refused' })], {
      [rpc('remove_log_export')]: () => null,
    });
    await press(/^Exporter$/);
    await until(() => expect(text()).toContain('Le stockage a refusé le fichier'));
    await press(/^Supprimer l’export/);
    await until(() => expect(text()).toContain('Supprimer ?'));
    expect(asked('remove_log_export')).toBeUndefined();
    await press(/^Supprimer l’export/);
    await until(() => expect(asked('remove_log_export')).toEqual({ export_id: logExport().id }));
  });

  it('tells who is elsewhere that it is done, and downloads through a link of the moment', async () => {
    const { shown, asked } = await mounted([logExport()], {
      [rpc('link_log_export')]: () => ({ token: 'secret', expires_at: '2026-11-28T08:05:00Z' }),
    });
    const links: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      links.push(this.href);
    });
    await until(() => expect(button(/^Export en cours/)).toBeDefined());
    shown.rows = [logExport({ state: 'done', line_count: 1_000, expires_at: '2026-12-05T08:00:00Z' })];
    announce('log_exports', {});
    await until(() => expect(toasts.value[0]?.title).toMatch(/^Export prêt.: 1.000 lignes$/));
    const [download] = toasts.value[0]!.actions!;
    (download!.onClick as (event: MouseEvent) => void)(new MouseEvent('click'));
    await until(() => expect(asked('link_log_export')).toEqual({ export_id: logExport().id }));
    await until(() => expect(links).toHaveLength(1));
    expect(links[0]).toContain(`/functions/v1/log-export?id=${logExport().id}&token=secret`);
  });

  it('names whose an export is, when it is not one’s own', async () => {
    await mounted([logExport({ created_by: '00000000-0000-4000-8000-0000000000ff', created_by_name: 'Marc Petit' })]);
    await press(/^Exporter$/);
    await until(() => expect(text()).toContain('Marc Petit'));
  });

  it('says that the list cannot be read', async () => {
    const failure = { code: 'XX000', hint: '', message: 'no', details: '' };
    await mounted([], { [LIST]: () => new ApiFailure(500, failure) });
    await press(/^Exporter$/);
    await until(() => expect(button(/^Réessayer/)).toBeDefined());
  });
});
