import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { frenchSpaces } from '../contracts/french-spaces.ts';
import { ownProject } from '../local/config.ts';
import { textOf } from '../local/mail-templates.ts';
import { parseProject } from '../local/project.ts';

const wide = '\u00a0';
const narrow = '\u202f';

describe('frenchSpaces()', () => {
  it.each([
    ['Oublié ?', `Oublié${narrow}?`],
    ['Vérifiez ; réessayez !', `Vérifiez${narrow}; réessayez${narrow}!`],
    ['Motif : {reason}', `Motif${wide}: {reason}`],
    ['Vue « {name} » enregistrée', `Vue «${wide}{name}${wide}» enregistrée`],
    ['{percent} % et 20 %', `{percent}${narrow}% et 20${narrow}%`],
    ['L’événement n° {sequence}', `L’événement n°${wide}{sequence}`],
    ['Dans {days} j, {seconds} s.', `Dans {days}${wide}j, {seconds}${wide}s.`],
    ['{megabytes} Mo, 12 mois, 24 heures, 5 €', `{megabytes}${wide}Mo, 12${wide}mois, 24${wide}heures, 5${wide}€`],
    ['{count} autre | {count} autres', '{count} autre | {count} autres'],
    ['{name} s’est inscrit', '{name} s’est inscrit'],
    ['https://console.example/?a=b :8080', 'https://console.example/?a=b :8080'],
  ])('%j is %j', (plain, spaced) => {
    expect(frenchSpaces(plain)).toBe(spaced);
    expect(frenchSpaces(spaced)).toBe(spaced);
  });
});

describe('the mails of Auth, which no code of ours renders', () => {
  const { auth } = parseProject(join(ownProject, 'config.toml'));
  it.each(Object.entries(auth.mails))('%s holds its no-break spaces itself', (_, { subject, html }) => {
    const french = /<section lang="fr">([\s\S]*?)<\/section>/.exec(html)![1]!;
    expect(textOf(french).length).toBeGreaterThan(40);
    for (const text of [subject.split(' / ')[0]!, french]) expect(frenchSpaces(text)).toBe(text);
  });
});
