/**
 * A message as Loki's punctuation tokenizer cuts it: at blanks, and around each punctuation mark but `_ - . : /`, which
 * hold addresses, paths, times and names together. What stands between two tokens is kept, so that nothing is lost.
 */
export interface Tokens {
  words: string[];
  /** What stands before each word, and after the last. */
  gaps: string[];
}

export const MOST_TOKENS = 80;
const MOST_CHARACTERS = 3_000;
/** Marks that stay within a word; `=` is one that does not, though Unicode calls it a sign of mathematics. */
const TOKEN = /[\p{P}=](?<![_\-.:/])|(?:[^\s\p{P}=]|[_\-.:/])+/gu;

export interface CutTokens extends Tokens {
  /** More stands after the last word, which no pattern looks at. */
  isCut: boolean;
}

export function tokensOf(message: string): CutTokens {
  const words: string[] = [];
  const gaps: string[] = [];
  const read = message.slice(0, MOST_CHARACTERS);
  let end = 0;
  for (const { 0: word, index } of read.matchAll(TOKEN)) {
    if (words.length === MOST_TOKENS) break;
    words.push(word);
    gaps.push(read.slice(end, index));
    end = index + word.length;
  }
  gaps.push(message.slice(end));
  // The last word of a text that was cut may be a part of one.
  return { words, gaps, isCut: words.length === MOST_TOKENS || read.length < message.length };
}

export const hasDigit = (word: string): boolean => /\p{Nd}/u.test(word);
