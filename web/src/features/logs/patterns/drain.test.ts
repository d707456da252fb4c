// @vitest-environment node
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupMessages, MOST_PATTERNS, type PatternPart } from './drain.ts';
import { MOST_TOKENS, tokensOf } from './tokens.ts';

const print = (parts: readonly PatternPart[]) => parts.map(({ text }) => text ?? '<_>').join('');
const counted = (messages: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const message of messages) counts.set(message, (counts.get(message) ?? 0) + 1);
  return counts;
};
const patternsOf = async (...messages: string[]) =>
  (await groupMessages(counted(messages))).map(({ parts }) => print(parts)).toSorted();

it.each([
  ['a b', ['a', 'b']],
  ['  a\tb ', ['a', 'b']],
  ['user=12, ok', ['user', '=', '12', ',', 'ok']],
  ['[10.0.0.1:443] a_b-c/d', ['[', '10.0.0.1:443', ']', 'a_b-c/d']],
  ['« É » n’a', ['«', 'É', '»', 'n', '’', 'a']],
  ['🙂 x', ['🙂', 'x']],
  ['', []],
])('tokensOf(%j)', (message, words) => {
  const tokens = tokensOf(message);
  expect(tokens.words).toEqual(words);
  expect(tokens.words.map((word, place) => tokens.gaps[place] + word).join('') + tokens.gaps.at(-1)).toBe(message);
});

describe('groupMessages()', () => {
  it.each([['values', ['Rate limit approaching: 8750/10000 requests', 'Rate limit approaching: 9100/10000 requests']]])(
    'puts a placeholder where %s differ',
    async (_, messages) => expect(await patternsOf(...messages)).toEqual(['Rate limit approaching: <_> requests']),
  );

  it('keeps messages of other words, or of other lengths, apart', async () =>
    expect(
      await patternsOf(
        'socket opened to 10.1.2.3:443',
        'socket closed to 10.1.2.3:443',
        'socket opened to 10.1.2.3:443 again',
      ),
    ).toEqual([
      'socket closed to 10.1.2.3:443',
      'socket opened to 10.1.2.3:443',
      'socket opened to 10.1.2.3:443 again',
    ]));

  it('merges placeholders that stand side by side', async () =>
    expect(await patternsOf('took 12 ms 4 of the time here', 'took 15 ms 9 of the time here')).toEqual([
      'took <_> ms <_> of the time here',
    ]));

  it('merges what is nothing but values', async () =>
    expect(await patternsOf('send 1 2 3 to all of them', 'send 4 5 6 to all of them')).toEqual([
      'send <_> to all of them',
    ]));

  it('lets only values differ in short messages', async () => {
    expect(await patternsOf('Session 12', 'Session 15', 'QR Code displayed', 'QR Code expired')).toEqual([
      'QR Code displayed',
      'QR Code expired',
      'Session <_>',
    ]);
    expect(await patternsOf('12', '13')).toEqual(['<_>']);
  });

  it('has one of many names once a place has fifteen', async () => {
    const names = Array.from({ length: 40 }, (_, index) =>
      String.fromCharCode(97 + (index % 26)).repeat(1 + index / 26),
    );
    const found = await patternsOf(...names.map((name) => `login of ${name} was refused`));
    expect(found).toHaveLength(15);
    expect(found).toContain('login of <_> was refused');
  });

  it('parts literals where blanks differ', async () => {
    const [pattern] = await groupMessages(counted(['a  b c d 1', 'a b c d 2']));
    expect(pattern!.parts).toEqual([{ text: 'a' }, { text: ' ' }, { text: 'b c d ' }, {}]);
  });

  it('ends a long message with a placeholder when its like ends otherwise', async () => {
    const words = 'x '.repeat(MOST_TOKENS);
    const [pattern] = await groupMessages(counted([`${words}one`, `${words}two`]));
    expect(pattern!.parts).toEqual([{ text: words.trimEnd() }, {}]);
    expect(pattern!.messages).toHaveLength(2);
  });

  it('puts what there is no room for in one that says so', async () => {
    const letters = (index: number) => String.fromCharCode(97 + (index % 26), 97 + Math.floor(index / 26));
    const messages = Array.from({ length: MOST_PATTERNS + 50 }, (_, index) =>
      Array(5 + (index % 60))
        .fill(letters(index))
        .join(' '),
    );
    const found = await groupMessages(counted(messages));
    const rest = found.filter(({ isRest }) => isRest);
    expect(rest).toHaveLength(1);
    expect(found.flatMap(({ messages: own }) => own)).toHaveLength(new Set(messages).size);
  });

  it('stops when it is told to', async () => {
    const messages = Array.from(
      { length: 20_000 },
      (_, index) => `line ${index} of ${index % 7} and ${'x '.repeat(60)}`,
    );
    const controller = new AbortController();
    const work = groupMessages(counted(messages), controller.signal);
    controller.abort();
    await expect(work).rejects.toThrow('abort');
  });
});

/** Whether the literal parts stand in a message in their order. */
function holds(message: string, parts: readonly PatternPart[]): boolean {
  let at = 0;
  return parts.every(({ text }) => {
    if (text === undefined) return true;
    const found = text.trim() === '' ? at : message.indexOf(text, at);
    if (found >= 0) at = found + (text.trim() === '' ? 0 : text.length);
    return found >= 0;
  });
}
const word = fc.oneof(
  fc.constantFrom(
    'session',
    'closed',
    'user',
    'of',
    'a',
    '=',
    ',',
    '(',
    ')',
    '10.0.0.1:443',
    '/api/v1',
    'é',
    '🙂',
    '\n',
    ' ',
  ),
  fc.integer({ min: 0, max: 30 }).map(String),
  fc.string({ maxLength: 5 }),
);
const message = fc
  .array(fc.tuple(word, fc.constantFrom(' ', '  ', '', '\t')), { maxLength: 90 })
  .map((all) => all.flat().join(''));

it('every line is of exactly one pattern, which it holds, whatever their order', () =>
  fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 60 }), fc.infiniteStream(fc.nat()), async (messages, noise) => {
      const counts = counted(messages);
      const found = await groupMessages(counts);
      expect(found.flatMap(({ messages: own }) => own).toSorted()).toEqual([...counts.keys()].toSorted());
      for (const { parts, messages: own } of found)
        for (const each of own) expect(holds(each, parts), JSON.stringify([each, parts])).toBe(true);
      const shuffled = [...counts].map((entry) => [noise.next().value!, entry] as const).toSorted(([a], [b]) => a - b);
      expect(await groupMessages(new Map(shuffled.map(([, entry]) => entry)))).toEqual(found);
    }),
    { numRuns: 200 },
  ));
