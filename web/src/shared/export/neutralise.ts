/**
 * A spreadsheet runs a cell that begins with one of these (OWASP, “CSV injection”); a leading
 * apostrophe makes it text. One that was there gets another, so that the way back is known. Numbers are typed as
 * numbers and never pass here.
 */
const DANGEROUS = /^'*[=+\-@\t\r]/;

export const neutralise = (text: string): string => (DANGEROUS.test(text) ? `'${text}` : text);

/** The text as it was before `neutralise`. */
export const restore = (text: string): string => (text.startsWith("'") && DANGEROUS.test(text) ? text.slice(1) : text);
