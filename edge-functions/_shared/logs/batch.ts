import type { ZodType } from 'zod';
import { LOG_BATCH_LINES } from '../../../supabase/contracts/constants/logs.ts';
import type { ErrorCode } from '../../../supabase/contracts/error-codes.generated.ts';
import { ApiError, invalidInput, invalidJson } from '../errors.ts';
import { readBytes } from '../http.ts';
import { createMasks, type MaskRule, type Masks } from './masks.ts';

export const tooManyLines = () => new ApiError('too_many_log_lines', `A batch holds ${LOG_BATCH_LINES} lines at most`);

/** What the database refused; when too many lines wait, the same batch may come again in a minute. */
export const refusedBatch = (code: ErrorCode, message: string | null) =>
  new ApiError(code, message ?? code, code === 'log_lag' ? { headers: { 'retry-after': '60' } } : {});

/** Half a character is none: U+FFFD stands for it, as for what no UTF-8 was. */
export const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd');

/**
 * A batch whose bytes may be no UTF-8: what is broken becomes U+FFFD in its line, and costs nothing else. 400
 * `invalid_json` or `invalid_input`, 413 `body_too_large`.
 */
export async function readBatch<T>(request: Request, schema: ZodType<T>, limit: number): Promise<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(await readBytes(request, limit)));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidJson(error);
    throw error;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  throw invalidInput(`Invalid ${issues[0]?.field || 'body'}: ${issues[0]?.message}`, issues);
}

/** The rules, read again each minute: a new one holds within that time. */
export function cachedMasks(load: () => Promise<readonly MaskRule[]>, now = Date.now): () => Promise<Masks> {
  let kept: { masks: Promise<Masks>; until: number } | null = null;
  return () => {
    if (kept === null || kept.until < now()) {
      const masks = load().then(createMasks);
      kept = { masks, until: now() + 60_000 };
      // What failed is asked for again.
      masks.catch(() => {
        kept = null;
      });
    }
    return kept.masks;
  };
}
