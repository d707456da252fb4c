import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const below = (folder: string, name: RegExp) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));

const french = [
  ...below('web/src', /locales.fr\.json$/),
  ...below('edge-functions', /(?:templates|words).[\w-]+\.ts$/),
  ...below('supabase/templates', /\.html$/),
  'docs/guide-console.md',
];
const lines = (pattern: RegExp) =>
  french.flatMap((file) =>
    read(file)
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );

describe('French words', () => {
  it('are looked for where they are', () => expect(french.length).toBeGreaterThan(40));

  it.each([
    ['a form for two genders', /\p{L}\((?:e|s|es|ne)\)|[·•](?:e|ne)s?\b/u],
    ['a reader of one gender', /\bvous (?:êtes|serez|seul)\b (?!\p{L}*(?:able|aire)\b)|d’être (?:bloqué|connecté)\b/u],
    [
      'a person of one gender',
      /\{(?:name|email)\} (?:est |sera |a été )?(?:dé)?(?:connecté|invité|ajouté|débité|bloqué)\b/u,
    ],
  ])('name nobody by %s', (_, pattern) => expect(lines(pattern)).toEqual([]));

  it.each([
    ['second facteur', /double authentification|deux étapes|deux facteurs|\b2FA\b/iu],
    ['résilier', /annuler (?:l’|un |cet )abonnement|annulation de l’abonnement/iu],
    ['motif', /"(?:Raison|Pourquoi)\b/u],
    ['moyen de paiement', /(?:méthode|mode) de paiement/iu],
  ])('have one name: %s', (_, pattern) => expect(lines(pattern)).toEqual([]));
});
