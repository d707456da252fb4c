// @vitest-environment node
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { frenchSpaces } from '../../supabase/contracts/french-spaces.ts';
import { frenchMessages } from './french-spaces.ts';

const src = join(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /locales.fr\.json$/.test(file));

const { filter, handler } = frenchMessages(join(src, '..')).transform as {
  filter: { id: RegExp };
  handler: (code: string, id: string) => { code: string } | null;
};
const built = (code: string, id: string) => (filter.id.test(id) ? handler(code, id)?.code : undefined) ?? code;

function* leaves(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else for (const child of Object.values(value as object)) yield* leaves(child);
}

describe('a build of the console', () => {
  it.each(files)('%s keeps signs and units on the line of their word', (file) => {
    const written = readFileSync(join(src, file), 'utf8');
    const messages = [...leaves(JSON.parse(built(written, join(src, file).replaceAll('\\', '/'))))];
    expect(messages.filter((text) => / [:;!?»€%]|« |n° |[\d}] (?:jours?|mois|h|s|j|Mo)\b/.test(text))).toEqual([]);
    expect(messages.map(frenchSpaces)).toEqual(messages);
    expect(written, 'is written with plain spaces').not.toMatch(/[\u00a0\u202f]/);
  });

  it('keeps them in what the menu says before a page is loaded', () =>
    expect(built('export default {"a":"Oublié ?"}', '\0virtual:feature-labels/fr')).toContain('Oublié\u202f?'));

  it.each([join(src, 'base/locales/en.json'), '/node_modules/apexcharts/dist/locales/fr.json', join(src, 'a.ts')])(
    'leaves %s as it is',
    (id) => expect(built('"Motif : a"', id)).toBe('"Motif : a"'),
  );
});
