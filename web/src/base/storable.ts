// PostgreSQL takes no zero character and no half of a surrogate pair: with one the whole request would be refused.
const UNSTORABLE = /[\0\p{Cs}]/gu;

/** The text with what no database holds shown as what it is, unreadable: a search for it finds nothing. */
export const storable = (text: string): string => text.replace(UNSTORABLE, '\uFFFD');
