import { afterAll, beforeAll, expect, it } from 'vitest';
import { summarise } from '../../web/src/features/logs/patterns/summary.ts';
import { addLogTexts } from '../../web/src/features/logs/query/filters.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { addLines, asking, settle } from './logs.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const messages = [
  ...[7, 12, 900].map((count) => `Campaign "Été – 50 %" sent to ${count} contacts`),
  ...['10.1.2.3', '10.9.8.7'].map((address) => String.raw`open C:\Users\x\data.db from ${address}:443 (100% _used_)`),
  ...[3, 4].map((line) => `Œuvre à relire: first line ${line}\nsecond "line" – ½ of ${line}`),
  ...[1, 2].map((id) => `level:error OR NOT AND -x ${id}`),
  'Session 12',
  'Session 15',
  'ok',
];

it('what a pattern is looked for by finds its lines, and leaves none of them when it is left out', async () => {
  const ask = asking(db, await db.addStaff('viewer'));
  await addLines(db, messages);
  await settle(db);
  const lines = await ask.all('level:info');
  const patterns = await summarise(lines);
  expect(patterns.map(({ lines: count }) => count).reduce((sum, count) => sum + count)).toBe(messages.length);
  expect(patterns.map(({ lines: count, texts }) => [count, texts.length > 0])).toEqual([
    [3, true],
    ...Array.from({ length: 4 }, () => [2, true]),
    // Too short to be looked for.
    [1, false],
  ]);
  const literal = (text: string) => messages.filter((message) => message.includes(text));
  for (const { texts, example } of patterns.filter((each) => each.texts.length)) {
    const own = messages.filter((message) => texts.every((text) => literal(text).includes(message)));
    expect(own).toContain(example);
    const found = await ask.all(addLogTexts('level:info', texts));
    expect(found.map(({ message }) => message).toSorted()).toEqual(own.toSorted());
    const left = await ask.all(addLogTexts('level:info', texts, true));
    expect(left).toHaveLength(messages.length - own.length);
  }
});
