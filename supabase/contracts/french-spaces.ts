const units = 'j|h|s|min|ms|Mo|ko|jours?|mois|ans?|heures?|minutes?|secondes?|lignes?|caractères|fois';

/** Where a French line must not break, with the space that stands there: the narrow one before high signs. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/ (?=[;!?](?!\p{L}))/gu, '\u202f'],
  [/(?<=[\d}]) (?=%)/g, '\u202f'],
  [/ (?=:(?![\p{L}\d/)]))/gu, '\u00a0'],
  [/ (?=»)|(?<=«) |(?<=\bn°) /g, '\u00a0'],
  [new RegExp(String.raw`(?<=[\d}]) (?=(?:€|(?:${units})(?![\p{L}\d’])))`, 'gu'), '\u00a0'],
];

/** French text whose signs and units stay with their word. The files that hold words are written with plain spaces. */
export const frenchSpaces = (text: string): string =>
  rules.reduce((spaced, [place, space]) => spaced.replace(place, space), text);
