import { hasDigit, tokensOf, type CutTokens } from './tokens.ts';

/**
 * Messages that say the same with other values, as Loki finds them: Drain (He et al., 2017) with Loki's figures. A tree
 * by the number of words, then by leading words, then the likest pattern of the leaf; where its words differ it gets a
 * placeholder. Learned as messages come, what becomes of one would depend on their order: `groupMessages` puts them in
 * one of its own first.
 */

const LEADING_WORDS = 28;
const LEAST_ALIKE = 0.3;
const MOST_CHILDREN = 15;
export const MOST_PATTERNS = 300;
/** Of so few words three tenths are one or none: only values may differ. */
const LEAST_WORDS = 4;

const ANY = Symbol('any word');
type Key = string | typeof ANY;
type Word = string | null;

interface Cluster {
  /** Null where its messages differ. */
  words: Word[];
  /** Null where they differ in blanks. */
  gaps: Word[];
  messages: number[];
}
interface Branch {
  children: Map<Key, Branch>;
  clusters: Cluster[];
}
const newBranch = (): Branch => ({ children: new Map(), clusters: [] });

export interface PatternPart {
  /** None where messages differ. */
  text?: string;
}
export interface MessagePattern {
  parts: PatternPart[];
  /** Places of its messages among those given. */
  messages: number[];
  /** Those that are like none of the patterns there is room for. */
  isRest: boolean;
}

/** Where a word leads: values, and what is more than so many children, all go the same way. */
function step(branch: Branch, word: string): Branch {
  const { children } = branch;
  const known = children.get(word);
  if (known) return known;
  const isFull = children.size + (children.has(ANY) ? 0 : 1) >= MOST_CHILDREN;
  const key: Key = hasDigit(word) || isFull ? ANY : word;
  const next = children.get(key) ?? newBranch();
  children.set(key, next);
  return next;
}

/** How alike a message and a pattern of as many words are, 0 to 1; undefined for too little. */
function likeness(words: readonly Word[], others: readonly string[]): number | undefined {
  let same = 0;
  let areValues = true;
  for (const [place, word] of words.entries()) {
    const other = others[place]!;
    if (word === other) same += 1;
    else if (!(hasDigit(other) && (word === null || hasDigit(word)))) areValues = false;
  }
  const share = words.length ? same / words.length : 1;
  return areValues || (words.length >= LEAST_WORDS && share >= LEAST_ALIKE) ? share : undefined;
}

function likest(clusters: readonly Cluster[], words: readonly string[]): Cluster | undefined {
  let best: Cluster | undefined;
  let most = -1;
  for (const cluster of clusters) {
    const share = likeness(cluster.words, words);
    if (share !== undefined && share > most) [best, most] = [cluster, share];
  }
  return best;
}

const common = (known: readonly Word[], others: readonly string[]): Word[] =>
  known.map((each, place) => (each === others[place] ? each : null));

export class Drain {
  readonly #roots = new Map<string, Branch>();
  readonly #clusters: Cluster[] = [];
  readonly #rest: number[] = [];

  add(message: string, place: number): void {
    const tokens = tokensOf(message);
    const leaf = this.#leaf(tokens);
    const cluster = likest(leaf.clusters, tokens.words);
    if (cluster) {
      cluster.words = common(cluster.words, tokens.words);
      cluster.gaps = common(cluster.gaps, tokens.gaps);
      cluster.messages.push(place);
    } else if (this.#clusters.length < MOST_PATTERNS) {
      const made: Cluster = { words: tokens.words, gaps: tokens.gaps, messages: [place] };
      leaf.clusters.push(made);
      this.#clusters.push(made);
    } else this.#rest.push(place);
  }

  /** A message that was cut is like none that ends where it was. */
  #leaf({ words, isCut }: CutTokens): Branch {
    const key = `${words.length}${isCut ? '…' : ''}`;
    let branch = this.#roots.get(key) ?? newBranch();
    this.#roots.set(key, branch);
    for (const word of words.slice(0, LEADING_WORDS)) branch = step(branch, word);
    return branch;
  }

  /** Patterns that read the same are one. */
  patterns(): MessagePattern[] {
    const byText = new Map<string, MessagePattern>();
    for (const cluster of this.#clusters) {
      const parts = partsOf(cluster);
      const text = JSON.stringify(parts);
      const known = byText.get(text);
      if (known) known.messages.push(...cluster.messages);
      else byText.set(text, { parts, messages: cluster.messages, isRest: false });
    }
    const all = [...byText.values()];
    return this.#rest.length ? [...all, { parts: [{}], messages: this.#rest, isRest: true }] : all;
  }
}

const BLANK = ' ';

/** Literals and placeholders by turns. Blanks that differ part literals, and are shown as one blank. */
function partsOf({ words, gaps }: Cluster): PatternPart[] {
  const parts: PatternPart[] = [];
  let text = '';
  const end = () => {
    if (text) parts.push({ text });
    text = '';
  };
  const isAfterPlaceholder = () => !text && parts.length > 0 && parts.at(-1)!.text === undefined;
  for (const [place, gap] of gaps.entries()) {
    const word = words[place];
    const joins = word === null && isAfterPlaceholder();
    if (place === words.length && gap === null) {
      // What follows the last word differs.
      end();
      if (!isAfterPlaceholder()) parts.push({});
    } else if (!joins && gap === null) {
      end();
      parts.push({ text: BLANK });
    } else if (!joins) text += gap!;
    if (word === undefined || joins) continue;
    if (word === null) {
      end();
      parts.push({});
    } else text += word;
  }
  end();
  return parts;
}

/** For how long one slice of the work may hold up the page. */
const SLICE_MS = 8;
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/**
 * The patterns of messages, each with how many lines say it: every message is of exactly one pattern, and holds its
 * literal parts, in their order. The same whatever the order of what is given: the most frequent are learned first,
 * then by their text. Works in slices, so that the page stays fluent, until it is told to stop.
 */
export async function groupMessages(
  counts: ReadonlyMap<string, number>,
  signal?: AbortSignal,
): Promise<(Omit<MessagePattern, 'messages'> & { messages: string[] })[]> {
  const messages = [...counts]
    .toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([text]) => text);
  const drain = new Drain();
  let begun = performance.now();
  for (const [place, message] of messages.entries()) {
    drain.add(message, place);
    if (performance.now() - begun < SLICE_MS) continue;
    await pause();
    signal?.throwIfAborted();
    begun = performance.now();
  }
  return drain
    .patterns()
    .map((pattern) => ({ ...pattern, messages: pattern.messages.map((place) => messages[place]!) }));
}
