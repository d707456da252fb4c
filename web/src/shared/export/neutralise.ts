/**
 * A spreadsheet runs a cell that begins with one of these (OWASP, “CSV injection”); a leading
 * apostrophe makes it text. Numbers are typed as numbers and never pass here.
 */
const DANGEROUS = /^[=+\-@\t\r]/;

export const neutralise = (text: string): string => (DANGEROUS.test(text) ? `'${text}` : text);
