import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { runExport, toCsv, type ExportRequest } from './export.ts';
import { neutralise } from './neutralise.ts';

interface Row {
  email: string;
  amount: number;
}
const columns = [
  { header: 'E-mail', value: (row: Row) => row.email },
  { header: 'MRR', value: (row: Row) => row.amount },
];

describe('neutralise()', () => {
  it.each(['=1+1', '+33 6', '-2', '@SUM(A1)', '\tx', '\rx'])('makes %j text', (text) => {
    expect(neutralise(text)).toBe(`'${text}`);
  });
  it.each(['a=b', 'x@example.com', '', '1-2'])('leaves %j alone', (text) => {
    expect(neutralise(text)).toBe(text);
  });
});

describe('toCsv()', () => {
  it('writes a byte order mark, quotes what needs it, neutralises text and keeps numbers', async () => {
    const blob = await toCsv([{ email: '=HYPERLINK("x");y', amount: -5 }], columns);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    expect(Array.from(bytes.slice(0, 3))).toEqual([0xef, 0xbb, 0xbf]);
    expect(new TextDecoder().decode(bytes)).toBe('E-mail;MRR\r\n"\'=HYPERLINK(""x"");y";-5');
  });
});

describe('runExport()', () => {
  const links: HTMLAnchorElement[] = [];
  const setUp = () => {
    links.length = 0;
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:x');
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      links.push(this);
    });
  };
  afterEach(() => vi.restoreAllMocks());
  const request = (over: Partial<ExportRequest<Row>> = {}): ExportRequest<Row> => ({
    subject: 'licenses',
    format: 'csv',
    fileName: 'licences',
    columns,
    filters: { q: 'x' },
    fetchPage: async (page) => ({ rows: page <= 2 ? [{ email: `${page}@example.com`, amount: page }] : [], total: 2 }),
    ...over,
  });

  it('reads all pages, audits, then hands over the file', async () => {
    setUp();
    const calls = mockApi({ 'POST /rest/v1/rpc/record_export': () => null });
    const progress: string[] = [];
    expect(await runExport(request({ onProgress: (done, total) => progress.push(`${done}/${total}`) }))).toBe(2);
    expect(progress).toEqual(['1/2', '2/2']);
    expect(calls[0]?.body).toEqual({ subject: 'licenses', format: 'csv', row_count: 2, filters: { q: 'x' } });
    expect(links[0]?.download).toBe('licences.csv');
  });
  it('gives no file when the audit is refused', async () => {
    setUp();
    mockApi({
      'POST /rest/v1/rpc/record_export': () =>
        new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no', details: null }),
    });
    await expect(runExport(request())).rejects.toMatchObject({ hint: 'permission_denied' });
    expect(links).toEqual([]);
  });
  it('stops between pages when aborted', async () => {
    setUp();
    const controller = new AbortController();
    await expect(
      runExport(request({ signal: controller.signal, onProgress: () => controller.abort() })),
    ).rejects.toThrow();
    expect(links).toEqual([]);
  });
});
