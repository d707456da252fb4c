// PostgreSQL takes no zero character and no half of a surrogate pair: with one the whole request would be refused.
const UNSTORABLE = /[\0\p{Cs}]/gu;

/** The text with what no database holds shown as what it is, unreadable: a search for it finds nothing. */
export const storable = (text: string): string => text.replace(UNSTORABLE, '\uFFFD');

const anywhere = (value: unknown): unknown => {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(anywhere);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [storable(key), anywhere(each)]));
};

// How JSON.stringify writes them: a half that has its other half stands as it is.
const UNSTORABLE_IN_JSON = /\\u(0000|d[89a-f][0-9a-f]{2})/i;

/** A body with the same done to every text in it, however deep. */
export function storableJson(body: string): string {
  if (!UNSTORABLE_IN_JSON.test(body)) return body;
  try {
    return JSON.stringify(anywhere(JSON.parse(body)));
  } catch {
    return body;
  }
}
