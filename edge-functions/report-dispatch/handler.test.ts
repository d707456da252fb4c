import { expect, it } from 'vitest';
import { createHandler, drawFiles, fileName, type ReportFile, type ReportQueue } from './handler.ts';
import { snapshot } from './snapshot.testing.ts';

function queueOf(reports: ReturnType<typeof snapshot>[], keeps: 'done' | 'failed' | 'over' = 'done') {
  const kept: ReportFile[][] = [];
  const left: string[] = [];
  const waiting = [...reports];
  const queue: ReportQueue = {
    async claim() {
      const next = waiting.shift();
      return next ? { id: `run-${waiting.length}`, attempt: 1, snapshot: next, formats: ['pdf', 'csv', 'xlsx'] } : null;
    },
    async keep(_id, _attempt, files) {
      kept.push(files);
      return keeps;
    },
    leave: async (_id, _attempt, error) => void left.push(error),
  };
  return { queue, kept, left };
}
async function work(queue: ReportQueue, secret = 'cron') {
  const handler = createHandler({ queue, cronSecret: 'cron', log: () => undefined });
  const response = await handler(
    new Request('http://f/report-dispatch', { method: 'POST', headers: { 'x-cron-secret': secret } }),
  );
  return [response.status, await response.json()];
}

it('draws what is due and hands it back with the names of its files', async () => {
  const { queue, kept, left } = queueOf([snapshot()]);
  expect(await work(queue)).toEqual([200, { done: 1, failed: 0 }]);
  expect(kept[0]!.map(({ name }) => name)).toEqual(
    ['pdf', 'csv', 'xlsx'].map((format) => `rapport-hebdomadaire-2026-11-29-europe-paris.${format}`),
  );
  expect(atob(kept[0]![0]!.content).startsWith('%PDF-')).toBe(true);
  expect(left).toEqual([]);
});

it('one that cannot be drawn is let go with its reason, and the next is drawn', async () => {
  const broken = { ...snapshot(), as_of: 'never' };
  const { queue, kept, left } = queueOf([broken, snapshot()]);
  expect(await work(queue)).toEqual([200, { done: 1, failed: 1 }]);
  expect([kept.length, left]).toEqual([1, [expect.stringContaining('Invalid time value')]]);
});

it('what a later worker has, or nobody may read, is not counted as done', async () => {
  expect(await work(queueOf([snapshot()], 'over').queue)).toEqual([200, { done: 0, failed: 0 }]);
  expect(await work(queueOf([snapshot()], 'failed').queue)).toEqual([200, { done: 0, failed: 1 }]);
});

it('is for the schedule alone', async () => {
  const { queue, kept } = queueOf([snapshot()]);
  expect((await work(queue, 'other'))[0]).toBe(401);
  expect(kept).toEqual([]);
});

it('draws the same bytes of a snapshot whenever it is asked', async () => {
  const draw = async () =>
    (await drawFiles(snapshot(), ['pdf', 'csv'])).map(({ bytes }) => Buffer.from(bytes).toString('hex'));
  expect(await draw()).toEqual(await draw());
});

it('a name in any letters gives a file a name', () => {
  expect(fileName(snapshot({ name: 'Été / « α »' }), 'csv')).toBe('ete-2026-11-29-europe-paris.csv');
});
