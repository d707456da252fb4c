import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { logGroup, logLine } from '../test-data.ts';
import LogsPage from './LogsPage.vue';

const rpc = (name: string) => `POST /rest/v1/rpc/${name}`;
const none = { levels: [], sources: [], versions: [], clients: [], groups: [] };
const FACETS = {
  ...none,
  levels: [{ value: 'error', count: 5 }],
  sources: [{ value: 'Mistral AI', count: 5 }],
  sampled: 5,
  is_sample: false,
  are_levels_exact: true,
};
const api = (over: Parameters<typeof mockApi>[0] = {}) =>
  mockApi({
    [rpc('follow_logs')]: () => ({ rows: [], cursor: '1_1', has_more: false, left_out: false }),
    [rpc('search_logs')]: () => ({ rows: [], next_cursor: null, complete: true, searched_to: '2026-11-27T08:00:00Z' }),
    [rpc('get_log_histogram')]: () => ({
      total: 0,
      bucket_seconds: 3_600,
      buckets: [],
      counted_from: '2026-01-01T00:00:00Z',
    }),
    [rpc('get_log_facets')]: () => FACETS,
    [rpc('search_log_groups')]: () => ({ total: 0, rows: [] }),
    [rpc('list_ticket_assignees')]: () => [],
    [rpc('list_log_exports')]: () => ({ rows: [] }),
    [rpc('list_log_sources')]: () => ({ rows: [] }),
    ...over,
  });
const text = () => document.body.textContent ?? '';
const button = (name: RegExp) =>
  [...document.querySelectorAll('button')].find((each) =>
    name.test(each.getAttribute('aria-label') ?? each.textContent ?? ''),
  );

describe('LogsPage, lines', () => {
  it('says that nothing was written, and has the zone in its address', async () => {
    api();
    const { router } = await mountApp(LogsPage, { path: '/logs' });
    await until(() => expect(text()).toContain('Rien n’a été écrit pendant cette période'));
    expect(router.currentRoute.value.query.tz).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
    expect(await axeViolations()).toEqual([]);
  });

  it('says what of a link nobody can read, and applies the rest', async () => {
    const calls = api();
    await mountApp(LogsPage, { path: '/logs?q=timeout&tz=Europe/Pariss&from=yesterday&range=7d' });
    await until(() => expect(text()).toContain('Illisible dans ce lien : le fuseau, le début'));
    await until(() => expect(calls.some(({ route }) => route === rpc('search_logs'))).toBe(true));
    expect(await axeViolations()).toEqual([]);
    document.querySelector<HTMLElement>('[data-slot="close"]')!.click();
    await until(() => expect(text()).not.toContain('Illisible'));
  });

  it('asks nothing of a period that ends before it begins, and says so', async () => {
    const calls = api();
    await mountApp(LogsPage, { path: '/logs?from=2026-11-27T09:00:00Z&to=2026-11-27T08:00:00Z' });
    await until(() => expect(text()).toContain('La fin précède le début'));
    expect(
      calls.map(({ route }) => route).filter((route) => /search_logs|follow|histogram|facets/.test(route)),
    ).toEqual([]);
  });

  it('asks for what is clicked, shows it as a filter, and for all but it by Alt', async () => {
    const calls = api();
    const { router } = await mountApp(LogsPage, { path: '/logs?q=timeout' });
    await until(() => expect(button(/^Mistral AI/)).toBeDefined());
    button(/^Mistral AI/)!.click();
    await until(() => expect(router.currentRoute.value.query.q).toBe('timeout source:"Mistral AI"'));
    await until(() => expect(text()).toContain('source:"Mistral AI"'));
    await until(() =>
      expect(calls.filter(({ route }) => route === rpc('search_logs')).at(-1)?.body).toMatchObject({
        query: 'timeout source:"Mistral AI"',
      }),
    );
    button(/^Erreur/)!.dispatchEvent(new MouseEvent('click', { altKey: true, bubbles: true }));
    await until(() => expect(router.currentRoute.value.query.q).toBe('timeout source:"Mistral AI" -level:error'));
    button(/^Retirer timeout/)!.click();
    await until(() => expect(router.currentRoute.value.query.q).toBe('source:"Mistral AI" -level:error'));
  });

  it('asks once about what cannot be read, and says where', async () => {
    const details = JSON.stringify({ position: 0, length: 2, reason: 'text_too_short' });
    const refused = { code: 'PT400', hint: 'query_invalid', message: 'The query cannot be read', details };
    const calls = api({ [rpc('follow_logs')]: () => new ApiFailure(400, refused) });
    await mountApp(LogsPage, { path: '/logs?q=ab' });
    await until(() => expect(document.querySelector('mark')?.textContent).toBe('ab'));
    expect(calls.map(({ route }) => route).filter((route) => /search|histogram|facets/.test(route))).toEqual([]);
    expect(await axeViolations()).toEqual([]);
  });

  it('lets the field say what the field knows', async () => {
    api({ [rpc('follow_logs')]: () => new ApiFailure(400, { code: 'PT400', hint: 'query_invalid', message: 'x' }) });
    await mountApp(LogsPage, { path: '/logs?q=(timeout' });
    await until(() => expect(text()).toContain('cette parenthèse n’est pas fermée'));
    expect(document.querySelector('mark')).toBeNull();
  });

  it('opens a line by its address, with its neighbours', async () => {
    const place = `${Date.parse('2026-11-28T08:00:00Z') * 1_000 + 1}_1000`;
    const calls = api({
      [rpc('search_logs')]: (body) => ({
        rows: (body as { cursor?: string }).cursor?.endsWith('_1001') ? [logLine({ license_id: null })] : [],
        next_cursor: null,
        complete: true,
        searched_to: '2026-11-27T08:00:00Z',
      }),
    });
    await mountApp(LogsPage, { path: `/logs?line=${place}` });
    const dialog = () => document.querySelector('[role="dialog"]');
    await until(() => expect(dialog()?.textContent).toContain('ECONNREFUSED'));
    expect(calls.some(({ body }) => (body as { query?: string }).query === 'source:Baileys')).toBe(true);
    expect(dialog()?.textContent).not.toContain('Ouvrir un ticket');
  });

  it('says what lines repeat, and shows those of one pattern, or all but them', async () => {
    const calls = api({
      [rpc('search_logs')]: () => ({
        rows: [1, 2, 3].map((id) => logLine({ id, message: `Session ${id} <b>opened</b>` })),
        next_cursor: null,
        complete: true,
        searched_to: '2026-11-27T08:00:00Z',
      }),
    });
    const { router } = await mountApp(LogsPage, { path: '/logs?q=session&show=patterns' });
    const pattern = () => document.querySelector('[data-pattern]');
    await until(() => expect(pattern()?.textContent).toMatch(/Session … <b>opened<\/b>.*3\slignes.*100\s%/s));
    expect(document.querySelector('[data-patterns-of]')?.textContent).toMatch(/1\smotif dans 3\slignes/);
    expect(calls.at(-1)?.body).toMatchObject({ query: 'session', page_size: 1_000 });
    expect(await axeViolations()).toEqual([]);
    button(/^Sans les lignes comme : Session …/)!.click();
    const q = () => router.currentRoute.value.query;
    await until(() => expect(q()).toMatchObject({ q: 'session -(Session <b>opened</b>)', show: 'patterns' }));
    await until(() => expect(button(/^Les lignes comme : Session …/)).toBeDefined());
    button(/^Les lignes comme : Session …/)!.click();
    await until(() => expect(q().q).toBe('session -(Session <b>opened</b>) Session <b>opened</b>'));
    expect(q().show).toBeUndefined();
  });

  it('says that a line is gone', async () => {
    api();
    await mountApp(LogsPage, { path: '/logs?line=1_5' });
    await until(() => expect(text()).toContain('Cette ligne n’existe plus'));
  });
});

describe('LogsPage, groups', () => {
  it('lists what is open, how often and whom it hits', async () => {
    const calls = api({
      [rpc('search_log_groups')]: () => ({ total: 1, rows: [logGroup({ title: '<b>Panne</b>' })] }),
    });
    await mountApp(LogsPage, { path: '/logs?view=groups&sort=lines' });
    await until(() => expect(document.querySelector('[data-group]')?.textContent).toContain('<b>Panne</b>'));
    expect(document.querySelector('[data-group]')?.textContent).toMatch(/12\slignes.*3\slicences.*Ouvert/);
    expect(calls[0]?.body).toMatchObject({ status: 'open', sort: 'lines', page: 1 });
    expect(await axeViolations()).toEqual([]);
  });

  it.each([
    ['support', true],
    ['viewer', false],
  ] as const)('%s may work on one: %s', async (role, may) => {
    api({ [rpc('get_log_group')]: () => ({ ...logGroup(), hit: [] }) });
    await mountApp(LogsPage, { path: '/logs?view=groups&group=77', role });
    await until(() => expect(text()).toContain('Première fois'));
    const dialog = document.querySelector('[role="dialog"]');
    expect([...dialog!.querySelectorAll('button')].some((each) => each.textContent?.includes('État'))).toBe(may);
  });
});
