import type { Random } from './random.ts';

const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

/** JSON text of values of every type, at the edges of what PostgreSQL, JavaScript and the protocols take. */
const jsonValues = [
  'null',
  'true',
  '0',
  '-1',
  '1.5',
  '9223372036854775808',
  '1e308',
  '1e999',
  '-0',
  '""',
  '" "',
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  '"é🙂\\u202e"',
  '"null"',
  '"[]"',
  '"{}"',
  '"00000000-0000-0000-0000-000000000000"',
  '"2026-13-45"',
  '"2026-02-03T04:05:06Z"',
  '"infinity"',
  '"a@b.fr"',
  '"\'; drop table x; --"',
  '"../../etc/passwd"',
  '"%00%zz"',
  `"${'x'.repeat(5_000)}"`,
  '[]',
  '[null]',
  '[[[]]]',
  '["a", 1, {}]',
  '{}',
  '{"a": {"b": [1]}}',
  '{"__proto__": {"x": 1}, "constructor": 1}',
  deep('[', ']', 2_000),
  deep('{"a":[', ']}', 500),
];

/** No JSON, or none that a caller should send. */
const brokenBodies = ['', '{', '[1,', '{"a":}', 'null', '"x"', '7', '[]', 'a=b&c=d', '\uFEFF{}', '{"a":1}{', 'NaN'];

export const texts = [
  '',
  ' ',
  '*',
  '.',
  ',',
  '(',
  ')',
  '"',
  "'",
  '\\',
  'null',
  'x',
  '-1',
  '1e999',
  '99999999999999999999',
  '%00',
  '%zz',
  '%C3%28',
  '%ff',
  '%F0%9F%99%82',
  'a.b.c',
  'a(b(c',
  '{}',
  '[]',
  '{1,2}',
  '../x',
  'x'.repeat(3_000),
  '2026-13-45',
  '00000000-0000-0000-0000-000000000000',
];

/** What gets an input past the first check, so that the next ones are tried too. */
const plausible: Record<string, string[]> = {
  email: ['"admin@example.test"', '"new@example.test"'],
  password: ['"Correct-horse-9-battery"'],
  factor_type: ['"totp"'],
  type: ['"recovery"', '"signup"', '"invite"', '"magiclink"'],
  issuer: [`"${'é'.repeat(200)}"`, `"${'🙂'.repeat(120)}"`],
  expiresIn: ['60'],
  paths: ['["a.txt"]'],
  prefixes: ['["a.txt"]'],
  prefix: ['""', '"x"'],
  bucketId: ['"fuzz"'],
  sourceKey: ['"a.txt"'],
  destinationKey: ['"b.txt"'],
  limit: ['10'],
};
const uuid = '"00000000-0000-4000-8000-000000000000"';

function plausibleValue(random: Random, name: string): string {
  if (name in plausible) return random.pick(plausible[name]!);
  if (/(^|_)id$/.test(name)) return uuid;
  if (name.endsWith('_ids')) return `[${uuid}]`;
  if (/_at$|_from$|_until$|_time$/.test(name)) return '"2026-02-03T04:05:06Z"';
  return random.pick(['"x"', '1', 'true', '["x"]', '{"a": 1}']);
}

export const jsonValue = (random: Random) => random.pick(jsonValues);

/** An object of some of these fields, mostly; else what is none. */
export function jsonBody(random: Random, fields: readonly string[]): Buffer {
  if (random.chance(0.15)) return Buffer.from(random.pick(brokenBodies));
  if (random.chance(0.05)) return Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
  const names = fields.filter(() => random.chance(0.7));
  if (random.chance(0.1)) names.push(random.pick(['__proto__', 'unknown', '', 'a"b', 'x'.repeat(300)]));
  const value = (name: string) => (random.chance(0.5) ? plausibleValue(random, name) : jsonValue(random));
  const object = `{${names.map((name) => `${JSON.stringify(name)}:${value(name)}`).join(',')}}`;
  return Buffer.from(random.chance(0.1) ? `[${object},${object}]` : object);
}
