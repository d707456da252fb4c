import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import LogRulesPage from './LogRulesPage.vue';
import type { LogFiring, LogPreview, LogRule } from './queries.ts';

const RULES = 'POST /rest/v1/rpc/list_log_rules';
const FIRINGS = 'POST /rest/v1/rpc/list_log_firings';
const SOURCES = 'POST /rest/v1/rpc/list_log_sources';
const PREVIEW = 'POST /rest/v1/rpc/preview_log_alert';
const SAVE = 'POST /rest/v1/rpc/save_log_rule';
const PAUSE = 'POST /rest/v1/rpc/pause_log_rules';
const id = (last: number) => `5d2f1c00-0000-4000-8000-00000000000${last}`;

const rule = (over: Partial<LogRule> = {}): LogRule => ({
  id: id(1),
  name: 'Sessions perdues',
  kind: 'count',
  query: 'source:baileys',
  counted_by: 'license',
  threshold: 3,
  minutes: 10,
  factor: null,
  cool_down_minutes: 60,
  severity: 'error',
  channels: ['telegram'],
  is_enabled: true,
  enabled_at: '2026-11-01T10:00:00Z',
  firing_count: 1,
  last_fired_at: '2026-11-20T10:00:00Z',
  firings: 2,
  created_at: '2026-11-01T10:00:00Z',
  created_by: null,
  created_by_name: 'Laura',
  ...over,
});
const firing: LogFiring = {
  id: 7,
  rule_id: id(1),
  key: 'l-1',
  label: 'K7M2P',
  fired_at: '2026-11-20T10:00:00Z',
  ended_at: null,
  lines: 4,
  line_refs: [],
  alert_id: null,
};
const preview = (over: Partial<LogPreview> = {}): LogPreview => ({
  total: 0,
  fires: [],
  from_time: '2026-11-13T10:00:00Z',
  to_time: '2026-11-20T10:00:00Z',
  complete: true,
  lines: 5,
  peak: 3,
  buckets: [{ at: '2026-11-14T10:00:00Z', lines: 5 }],
  unknown_sources: [],
  unknown_licenses: [],
  ...over,
});
const path = '/logs/alertes';
const text = () => (document.body.textContent ?? '').replace(/[\u00a0\u202f]/g, ' ');
const dialog = () => document.querySelector('[role="dialog"]')!;
const button = (name: string) =>
  [...document.querySelectorAll('button')].find(
    (each) => each.textContent.trim() === name || each.getAttribute('aria-label') === name,
  )!;

describe('LogRulesPage', () => {
  it('says what each rule waits for and how it stands', async () => {
    mockApi({
      [RULES]: () => ({
        rows: [rule(), rule({ id: id(2), name: 'Silence', kind: 'silence', minutes: 15, is_enabled: false })],
      }),
    });
    await mountApp(LogRulesPage, { path });
    await until(() => expect(document.querySelectorAll('[data-rule]')).toHaveLength(2));
    for (const said of [
      'Plus de 3 lignes en 10 min, par licence',
      'Déclenchée',
      'Aucune ligne depuis 15 min',
      'Suspendue',
    ])
      expect(text()).toContain(said);
    expect(await axeViolations()).toEqual([]);
  });

  it('pauses several at once', async () => {
    const calls = mockApi({
      [RULES]: () => ({ rows: [rule(), rule({ id: id(2), name: 'Deux' })] }),
      [PAUSE]: () => 2,
    });
    await mountApp(LogRulesPage, { path });
    await until(() => expect(document.querySelectorAll('[role="checkbox"]')).toHaveLength(2));
    for (const box of document.querySelectorAll<HTMLElement>('[role="checkbox"]')) box.click();
    await until(() => expect(text()).toContain('2 alertes choisies'));
    button('Suspendre').click();
    await until(() =>
      expect(calls.map(({ body }) => body)).toContainEqual({ rule_ids: [id(1), id(2)], is_paused: true }),
    );
  });

  it('shows the firings of the rule in its address, each with its lines', async () => {
    mockApi({ [RULES]: () => ({ rows: [rule()] }), [FIRINGS]: () => ({ rows: [firing], has_more: false }) });
    await mountApp(LogRulesPage, { path: `${path}?rule=${id(1)}` });
    await until(() => expect(text()).toContain('Licence …K7M2P'));
    const link = [...document.querySelectorAll('a')].find((each) => each.textContent.trim() === 'Lignes')!;
    expect(new URL(link.href).searchParams.get('q')).toBe('(source:baileys) license:l-1');
    expect(await axeViolations(dialog())).toEqual([]);
  });

  it('writes a rule from the query of its address, tried on the past, and says why it cannot be', async () => {
    let answer: unknown = preview();
    const calls = mockApi({
      [RULES]: () => ({ rows: [] }),
      [SOURCES]: () => ({ rows: [] }),
      [PREVIEW]: () => answer,
      [SAVE]: () => answer,
    });
    await mountApp(LogRulesPage, { path: `${path}?new=level:error` });
    await until(() => expect(text()).toContain('Elle ne se serait pas déclenchée'));
    expect(text()).toContain('au plus 3 dans une période');
    expect(calls.find(({ body }) => 'rule' in ((body ?? {}) as object))!.body).toMatchObject({
      rule: { kind: 'count', query: 'level:error', threshold: 10, minutes: 10 },
    });
    expect(await axeViolations(dialog())).toEqual([]);
    answer = new ApiFailure(400, {
      code: '22023',
      hint: 'log_rule_never_fires',
      details: '{"reason": "no_line_can_match"}',
      message: 'no',
    });
    const query = document.querySelector<HTMLInputElement>('[role="dialog"] [role="combobox"][aria-label="Lignes"]')!;
    query.value = 'level:error level:info';
    query.dispatchEvent(new Event('input', { bubbles: true }));
    await until(() => expect(text()).toContain('ses parties s’excluent'));
    answer = new ApiFailure(400, {
      code: '22023',
      hint: 'query_invalid',
      details: '{"reason": "not_closed", "position": 0, "length": 1}',
      message: 'no',
    });
    query.value = '(level:error';
    query.dispatchEvent(new Event('input', { bubbles: true }));
    query.dispatchEvent(new Event('blur'));
    await until(() => expect(text()).toContain('cette parenthèse n’est pas fermée'));
    await until(() => expect(text()).toContain('La recherche ci-dessus ne peut pas encore être lue'));
    expect(await axeViolations(dialog())).toEqual([]);
  });

  it('says when there is none, and when they may not be read', async () => {
    mockApi({ [RULES]: () => ({ rows: [] }) });
    await mountApp(LogRulesPage, { path });
    await until(() => expect(text()).toContain('Rien n’est encore signalé'));
    mockApi({ [RULES]: () => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no' }) });
    await mountApp(LogRulesPage, { path });
    await until(() => expect(document.querySelector('[role="alert"]')).not.toBeNull());
  });
});
