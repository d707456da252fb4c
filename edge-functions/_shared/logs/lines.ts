import type { ErrorCode } from '../../../supabase/contracts/error-codes.generated.ts';
import { LOG_LINE_BYTES, logLevels, type LogLevel } from '../../../supabase/contracts/constants/logs.ts';
import { wellFormed } from './batch.ts';
import { FINGERPRINT_VERSION, logGroup } from './fingerprint.ts';
import type { Masks } from './masks.ts';

/** A line as the database keeps it. */
export interface LogLine {
  level: LogLevel | null;
  source: string;
  message: string;
  stack: string | null;
  context: Record<string, unknown> | null;
  occurred_at: string | null;
  version: string | null;
  original_bytes: number | null;
  is_repaired: boolean;
  group_id: number | null;
  fingerprint_version: number | null;
  title: string | null;
}

export interface Rejected {
  index: number;
  code: ErrorCode;
  field: string;
}

export interface ReadLines {
  lines: LogLine[];
  rejected: Rejected[];
  /** Lines that were cut. */
  truncated: number;
  /** Milliseconds from our clock to the newest line's; negative when it happened before. 0 without any. */
  clockSkewMs: number;
}

interface ReadOptions {
  masks: Masks;
  now: number;
  /** The source of all lines, where its token says so. */
  source?: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Lines as they were sent, each by itself: one that cannot be read is rejected with its index, and costs no other. */
export function readLines(sent: readonly unknown[], { masks, now, source }: ReadOptions): ReadLines {
  const lines: LogLine[] = [];
  const rejected: Rejected[] = [];
  let newest: number | null = null;
  sent.forEach((value, index) => {
    const line = readLine(value, masks, source);
    if (typeof line === 'string') {
      rejected.push({ index, code: 'invalid_log_line', field: line });
      return;
    }
    lines.push(line);
    if (line.occurred_at !== null) newest = Math.max(newest ?? -Infinity, Date.parse(line.occurred_at));
  });
  return {
    lines,
    rejected,
    truncated: lines.filter((line) => line.original_bytes !== null).length,
    clockSkewMs: newest === null ? 0 : newest - now,
  };
}

/** The line, or the name of the field because of which it is none. */
function readLine(value: unknown, masks: Masks, ownSource: string | undefined): LogLine | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'line';
  const sent = value as Record<string, unknown>;
  const level = sent['level'] ?? null;
  if (level !== null && !logLevels.includes(level as LogLevel)) return 'level';
  const source = ownSource ?? readName(sent['source'], 64);
  if (source === null) return 'source';
  if (typeof sent['message'] !== 'string' || sent['message'].trim() === '') return 'message';
  const stack = Array.isArray(sent['stack']) ? sent['stack'].join('\n') : (sent['stack'] ?? null);
  if (stack !== null && typeof stack !== 'string') return 'stack';
  const occurredAt = readTime(sent['occurred_at'] ?? null);
  if (occurredAt === undefined) return 'occurred_at';
  const repair = new Repair();
  const message = masks.text(repair.text(sent['message']));
  const kept = {
    message,
    stack: stack === null || stack === '' ? null : masks.text(repair.text(stack)),
    context: readContext(sent['context'] ?? null, masks, repair),
  };
  const isGrave = level === 'warning' || level === 'error';
  const group = isGrave ? logGroup(source, message) : null;
  return {
    level: level as LogLevel | null,
    source,
    ...fitted(kept),
    occurred_at: occurredAt,
    version: readName(sent['version'] ?? null, 40),
    is_repaired: repair.happened,
    group_id: group?.id ?? null,
    fingerprint_version: group ? FINGERPRINT_VERSION : null,
    title: group?.title ?? null,
  };
}

/** One trimmed line, or null. Everybody sees it: what steers a terminal or turns the writing round becomes a blank. */
function readName(value: unknown, max: number): string | null {
  if (typeof value !== 'string') return null;
  const name = wellFormed(value.replaceAll('\0', '\ufffd').replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' '))
    .trim()
    .replace(/\s+/g, ' ');
  return name === '' || [...name].length > max ? null : name;
}

/** The instant in a form PostgreSQL takes, null for none, undefined for what is no time. */
function readTime(value: unknown): string | null | undefined {
  if (value === null) return null;
  const at =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d{4}-/.test(value) ? Date.parse(value) : NaN;
  if (!Number.isFinite(at)) return undefined;
  return new Date(Math.min(Math.max(at, 0), Date.UTC(9999, 11, 31))).toISOString();
}

/** What PostgreSQL cannot hold becomes U+FFFD, and the line says so. */
class Repair {
  happened = false;

  text(value: string): string {
    const kept = wellFormed(value.replaceAll('\0', '\ufffd'));
    if (kept.includes('\ufffd')) this.happened = true;
    return kept;
  }
}

function readContext(value: unknown, masks: Masks, repair: Repair): Record<string, unknown> | null {
  if (value === null) return null;
  const object = typeof value === 'object' && !Array.isArray(value) ? value : { value };
  return cleaned(object, masks, repair, 0) as Record<string, unknown>;
}

function cleaned(value: unknown, masks: Masks, repair: Repair, depth: number): unknown {
  if (typeof value === 'string') return masks.text(repair.text(value));
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 12) return '…';
  if (Array.isArray(value)) return value.map((item) => cleaned(item, masks, repair, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const mask = masks.key(name);
      return [
        masks.text(repair.text(name)),
        mask !== null && item !== null ? mask : cleaned(item, masks, repair, depth + 1),
      ];
    }),
  );
}

type Content = Pick<LogLine, 'message' | 'stack' | 'context'>;

/** Message first, then stack, then context, within 16 KiB; what does not fit is cut, and how long it was is kept. */
function fitted({ message, stack, context }: Content): Content & Pick<LogLine, 'original_bytes'> {
  const contextText = context === null ? '' : JSON.stringify(context);
  const characters = message.length + (stack?.length ?? 0) + contextText.length;
  // A character of UTF-16 is three bytes at most.
  if (characters * 3 <= LOG_LINE_BYTES) return { message, stack, context, original_bytes: null };
  const parts = [message, stack ?? '', contextText].map((text) => encoder.encode(text).length) as [
    number,
    number,
    number,
  ];
  const total = parts[0] + parts[1] + parts[2];
  if (total <= LOG_LINE_BYTES) return { message, stack, context, original_bytes: null };
  const cutMessage = cut(message, LOG_LINE_BYTES);
  let left = LOG_LINE_BYTES - Math.min(parts[0], LOG_LINE_BYTES);
  const cutStack = stack === null ? null : cut(stack, left) || null;
  left -= Math.min(parts[1], left);
  return {
    message: cutMessage,
    stack: cutStack,
    context: parts[2] <= left ? context : null,
    original_bytes: total,
  };
}

/** The beginning of a text in so many bytes, whole characters only. */
function cut(text: string, bytes: number): string {
  const encoded = encoder.encode(text);
  if (encoded.length <= bytes) return text;
  let end = bytes;
  while (end > 0 && (encoded[end]! & 0xc0) === 0x80) end -= 1;
  return decoder.decode(encoded.subarray(0, end));
}
