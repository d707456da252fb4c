import type { LogLine } from '../types.ts';
import { groupMessages, type PatternPart } from './drain.ts';
import { literalsOf } from './literals.ts';

export type ReadLine = Pick<LogLine, 'at' | 'level' | 'message'>;
type Level = NonNullable<LogLine['level']> | 'none';

export interface Pattern {
  parts: PatternPart[];
  isRest: boolean;
  /** What all its lines hold, to look for. */
  texts: string[];
  /** One of its lines, as it is. */
  example: string;
  lines: number;
  levels: { level: Level; lines: number }[];
  first: string;
  last: string;
  /** Lines by time, over the period that all lines span. */
  trend: number[];
}

const BARS = 24;

/** The patterns of lines, most frequent first. Each line counts once. */
export async function summarise(lines: readonly ReadLine[], signal?: AbortSignal): Promise<Pattern[]> {
  const byMessage = new Map<string, ReadLine[]>();
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const line of lines) {
    const known = byMessage.get(line.message);
    if (known) known.push(line);
    else byMessage.set(line.message, [line]);
    from = Math.min(from, Date.parse(line.at));
    to = Math.max(to, Date.parse(line.at));
  }
  const counts = new Map([...byMessage].map(([message, { length }]) => [message, length]));
  const barOf = (at: string) => Math.min(BARS - 1, Math.floor(((Date.parse(at) - from) / (to - from + 1)) * BARS));
  const patterns = (await groupMessages(counts, signal)).map(({ parts, isRest, messages }) => {
    const own = messages.flatMap((message) => byMessage.get(message)!);
    const trend = Array.from({ length: BARS }, () => 0);
    const levels = new Map<Level, number>();
    let [first, last] = [own[0]!.at, own[0]!.at];
    for (const { at, level } of own) {
      trend[barOf(at)]! += 1;
      levels.set(level ?? 'none', (levels.get(level ?? 'none') ?? 0) + 1);
      if (Date.parse(at) < Date.parse(first)) first = at;
      if (Date.parse(at) > Date.parse(last)) last = at;
    }
    return {
      parts,
      isRest,
      texts: isRest ? [] : literalsOf(parts),
      example: messages[0]!,
      lines: own.length,
      levels: [...levels].map(([level, count]) => ({ level, lines: count })).toSorted((a, b) => b.lines - a.lines),
      first,
      last,
      trend,
    };
  });
  return patterns.toSorted((a, b) => Number(a.isRest) - Number(b.isRest) || b.lines - a.lines);
}
