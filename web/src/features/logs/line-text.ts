import { inert } from './display.ts';
import type { LogLine } from './types.ts';

/** A line as text, for the clipboard or a note. */
export function lineText(line: LogLine, full: (instant: string) => string): string {
  const head = [full(line.at), (line.level ?? '').toUpperCase(), line.source, line.version].filter(Boolean).join(' · ');
  const context = line.context ? JSON.stringify(line.context, null, 2) : '';
  return [head, line.message, line.stack, context]
    .filter((part): part is string => Boolean(part))
    .map(inert)
    .join('\n');
}

const MOST = 20_000;

/** Lines within a note in Markdown: no line can end the block that it stands in. */
export function noteOf(lines: readonly LogLine[], full: (instant: string) => string, address: string): string {
  const text = lines.map((line) => lineText(line, full)).join('\n\n');
  const kept = text.length > MOST ? `${text.slice(0, MOST)}…` : text;
  const longest = Math.max(2, ...[...kept.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [fence, kept, fence, '', `<${address}>`].join('\n');
}
