// The database's own rules (private.is_email, is_hwid, notes); it decides again.
const LOCAL_PART = /[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}/.source;
const LABEL = /[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?/.source;
const EMAIL = new RegExp(`^${LOCAL_PART}@${LABEL}(\\.${LABEL})+$`);
const GRAPHIC = /^[^\s\p{C}]+( [^\s\p{C}]+)*$/u;
export const MAX_NOTES = 5_000;

export const isEmail = (value: string): boolean => {
  const text = value.trim();
  return (
    text.length <= 254 && EMAIL.test(text) && !text.includes('..') && !text.startsWith('.') && !text.includes('.@')
  );
};

// Zero-width characters, soft hyphens, byte order marks, marks of direction: what nobody sees, and pasting brings.
const UNSEEN = new RegExp(
  '[\\u00AD\\u034F\\u061C\\u115F\\u1160\\u180B-\\u180E\\u200B-\\u200F' +
    '\\u202A-\\u202E\\u2060-\\u206F\\u3164\\uFEFF\\uFFA0]',
  'g',
);
const BLANKS = /[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/g;
const AROUND = /^[\p{Cc}\u2028\u2029 ]+|[\p{Cc}\u2028\u2029 ]+$/gu;
const QUOTES = '"\\u00AB\\u00BB\\u2018-\\u201F\\u2039\\u203A';
const QUOTED = new RegExp(`^[${QUOTES}].*[${QUOTES}]$`, 's');
const AROUND_QUOTED = new RegExp(`^[${QUOTES}\\p{Cc}\\u2028\\u2029 ]+|[${QUOTES}\\p{Cc}\\u2028\\u2029 ]+$`, 'gu');
const GUID = /^(?:\{(.*)\}|\((.*)\)|(.*))$/;

export const cleanText = (value: string): string => value.replace(UNSEEN, '').replace(BLANKS, ' ').replace(AROUND, '');

/** As the database keeps and compares it: without quotes around it; a GUID in upper case, without braces. */
export const canonicalHwid = (value: string): string => {
  const cleaned = cleanText(value);
  const text = QUOTED.test(cleaned) ? cleaned.replace(AROUND_QUOTED, '') : cleaned;
  const [, ...inner] = GUID.exec(text.replace(/[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/g, '-').toUpperCase()) ?? [];
  const bare = inner.find((each) => each !== undefined) ?? '';
  return /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(bare) ? bare : text;
};

export const isHwid = (value: string): boolean => {
  const text = canonicalHwid(value);
  return text.length >= 4 && text.length <= 200 && GRAPHIC.test(text) && !text.includes('•••');
};
