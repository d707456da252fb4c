import { describe, expect, it } from 'vitest';
import { baseCompile } from '@intlify/message-compiler';
import { LANGUAGES, i18n, loadMessages, setLanguage, translatedRooms, type Language } from '@/base/i18n.ts';

await setLanguage('en');
await loadMessages(...translatedRooms());
await setLanguage('fr');

function* leaves(value: unknown, path = ''): Generator<[string, string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'object' && value !== null)
    for (const [key, child] of Object.entries(value)) yield* leaves(child, path ? `${path}.${key}` : key);
}
const messages = (language: Language) => [...leaves(i18n.global.getLocaleMessage(language))];
const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

describe.each(LANGUAGES)('messages in %s', (language) => {
  it('compile, every plural form included', () => {
    const faults = messages(language).flatMap(([key, text]) => {
      const errors: string[] = [];
      baseCompile(text, { onError: (error) => void errors.push(`${key}: ${error.message}`) });
      return errors;
    });
    expect(faults).toEqual([]);
  });
});

it('take the same values in both languages', () => {
  const english = new Map(messages('en'));
  expect(
    messages('fr')
      .filter(([key, text]) => placeholders(text).join() !== placeholders(english.get(key) ?? '').join())
      .map(([key]) => key),
  ).toEqual([]);
});
