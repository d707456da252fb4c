import type { LogQueryError } from './parse.ts';
import { listLogTokens, offsetsOf } from './tokens.ts';

export interface LogQueryPiece {
  text: string;
  kind: 'plain' | 'field' | 'value' | 'phrase' | 'operator' | 'bracket';
  isFault: boolean;
}

const KINDS = {
  and: 'operator',
  or: 'operator',
  not: 'operator',
  lone: 'operator',
  '(': 'bracket',
  ')': 'bracket',
} as const;

/** The query in pieces of one colour; put together they are the query, and a blank where a fault is past its end. */
export function colourLogQuery(text: string, fault?: LogQueryError): LogQueryPiece[] {
  const offsets = offsetsOf(text);
  const length = offsets.length - 1;
  const kinds: LogQueryPiece['kind'][] = Array.from({ length }, () => 'plain');
  for (const { kind, place, length: long, field } of listLogTokens(text)) {
    if (kind in KINDS) kinds.fill(KINDS[kind as keyof typeof KINDS], place, place + long);
    if (kind !== 'operand' && kind !== 'open phrase') continue;
    const isOpen = kind === 'open phrase';
    const value = isOpen || !field ? place : place + field.length + 1;
    if (field) kinds.fill('field', isOpen ? place - field.length - 1 : place, value);
    const isPhrase = text[offsets[value]!] === '"';
    kinds.fill(field ? 'value' : isPhrase ? 'phrase' : 'plain', value, place + long);
  }
  const from = Math.min(fault?.position ?? 0, length);
  const to = fault ? Math.max(from + fault.length, from + 1) : 0;
  const pieces: LogQueryPiece[] = [];
  for (const [index, kind] of kinds.entries()) {
    const isFault = fault !== undefined && index >= from && index < to;
    const letter = text.slice(offsets[index], offsets[index + 1]);
    const last = pieces.at(-1);
    if (last?.kind === kind && last.isFault === isFault) last.text += letter;
    else pieces.push({ text: letter, kind, isFault });
  }
  if (fault && from === length) pieces.push({ text: '\u00a0', kind: 'plain', isFault: true });
  return pieces;
}
