import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import SupportReportPage from './SupportReportPage.vue';

const REPORT = 'POST /rest/v1/rpc/report_tickets';
const filter = { folder: 'all', created_from: '2026-03-01', created_to: '2026-03-31' };
const counted = (count: number, over: object = {}) => ({ count, filter: { ...filter, ...over } });
const timed = (count: number, median: number | null, p90: number | null, over: object) => ({
  ...counted(count, over),
  median_seconds: median,
  p90_seconds: p90,
});
const figures = (key: string | null, label: string | null, answered: number, over: object = {}) => ({
  key,
  label,
  tickets: counted(5, over),
  first_response: timed(answered, answered ? 1500 : null, answered ? 6840 : null, { ...over, is_answered: true }),
  resolution: timed(0, null, null, { ...over, statuses: ['resolved', 'closed'] }),
  breaches: counted(2, { ...over, breached: 'any' }),
  first_response_breaches: counted(1, { ...over, breached: 'first_response' }),
  next_response_breaches: counted(1, { ...over, breached: 'next_response' }),
  resolution_breaches: counted(0, { ...over, breached: 'resolution' }),
  several_breaches: counted(0, { ...over, breached: 'several' }),
});
const path = '/support/report?from=2026-03-01&to=2026-03-31&by=priority';
const answer = { time_zone: 'Europe/Paris', total: figures(null, null, 4), rows: [figures('high', 'high', 4)] };
const plain = (text: string | null | undefined) => (text ?? '').replace(/[\u00a0\u202f]/g, ' ');

describe('SupportReportPage', () => {
  it('asks for the period and the group of its address, and each figure leads to its tickets', async () => {
    const calls = mockApi({ [REPORT]: () => answer });
    await mountApp(SupportReportPage, { path });
    await until(() => expect(document.querySelector('tr[data-row]')).not.toBeNull());
    expect(calls.map(({ body }) => body)).toContainEqual({
      from_day: '2026-03-01',
      to_day: '2026-03-31',
      group_by: 'priority',
    });
    const row = document.querySelector('tr[data-row]')!;
    // What was not measured has no figure, and nothing to open.
    expect([...row.querySelectorAll('td')].map((cell) => plain(cell.textContent).trim())).toEqual([
      'Haute',
      '5',
      '25 min',
      '1 h 54 min',
      '—',
      '—',
      '2',
    ]);
    const links = [...row.querySelectorAll('a')].map((link) => link.getAttribute('href'));
    expect(links).toHaveLength(4);
    expect(links[3]).toBe('/support?folder=all&from=2026-03-01&to=2026-03-31&breached=any');
    // The total's parts add up, and each opens its own.
    const late = [...document.querySelectorAll('dl dd a')].filter((link) =>
      link.getAttribute('href')?.includes('breached'),
    );
    expect(late.map((link) => [link.textContent, link.getAttribute('href')?.split('breached=')[1]])).toEqual([
      ['2', 'any'],
      ['1', 'first_response'],
      ['1', 'next_response'],
    ]);
    expect(document.body.textContent).not.toContain('chiffres partiels');
    expect(await axeViolations()).toEqual([]);
  });

  it('says when there is nothing, and when it could not be read', async () => {
    mockApi({ [REPORT]: () => ({ time_zone: 'Europe/Paris', total: null, rows: [] }) });
    await mountApp(SupportReportPage, { path });
    await until(() => expect(document.body.textContent).toContain('Aucun ticket dans cette période'));
    mockApi({ [REPORT]: () => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no' }) });
    await mountApp(SupportReportPage, { path: path.replace('2026-03-31', '2026-03-30') });
    await until(() => expect(document.body.textContent).toContain('Accès refusé'));
  });
});
