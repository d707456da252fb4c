import { expect, it } from 'vitest';
import { completeLogQuery, skipsBlank } from './complete.ts';
import { parseLogQuery } from './parse.ts';

const sources = ['Backend', 'Baileys', 'Mistral AI', 'Stripe'];
/** The caret stands where the bar is. */
const completed = (marked: string) => {
  const caret = marked.indexOf('|');
  const text = marked.replace('|', '');
  const { start, end, options } = completeLogQuery(text, caret, sources);
  return options.map(
    (option) => text.slice(0, start) + option.insert + text.slice(skipsBlank(text, end, option) ? end + 1 : end),
  );
};

it.each([
  ['|', ['level:', 'source:', 'client:', 'license:', 'version:', 'group:', 'after:', 'before:', 'NOT ']],
  ['l|', ['level:', 'license:']],
  ['x A|', ['x after:', 'x AND ']],
  ['A|', ['after:']],
  ['x AND|', []],
  ['-lev|', ['-level:']],
  ['(so|)', ['(source:)']],
  ['zz|', []],
  ['level:|', ['level:error ', 'level:warning ', 'level:info ', 'level:debug ', 'level:none ']],
  ['level:error,w|', ['level:error,warning ']],
  ['LEVEL:E|', ['LEVEL:error ']],
  ['source:b|', ['source:Backend ', 'source:Baileys ']],
  ['source:mis|', ['source:"Mistral AI" ']],
  ['source:"mis|', ['source:"Mistral AI" ']],
  ['🙂 source:stri| x', ['🙂 source:Stripe x']],
  ['sou|rce:x', []],
  ['after:1|', ['after:15m ', 'after:1h ']],
  ['before:y|', ['before:yesterday ']],
  ['client:x|', []],
  ['"lev|', []],
  ['"lev|el"', []],
])('%s', (marked, expected) => expect(completed(marked)).toEqual(expected));

it('offers no value that cannot be read', () => {
  const { options } = completeLogQuery('after:', 6, []);
  expect(options.length).toBeGreaterThan(5);
  for (const { insert } of options) expect(parseLogQuery(`after:${insert}`).error).toBeUndefined();
});
