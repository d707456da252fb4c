import { AuthError, FunctionsHttpError, FunctionsRelayError, FunctionsFetchError } from '@supabase/supabase-js';
import { useI18n } from 'vue-i18n';
import { isCutOff } from './connection.ts';

export type AppErrorKind = 'network' | 'database' | 'auth' | 'function' | 'unknown';

interface AppErrorFields {
  kind: AppErrorKind;
  code: string;
  hint?: string;
  status?: number;
  requestId?: string;
  details?: unknown;
  cause?: unknown;
}

/** The one error the console's screens see; they branch on `hint` or `code`, never on the text. */
export class AppError extends Error {
  readonly kind: AppErrorKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly details: unknown;
  /** The answer to an act was lost, not that to a read: it may have been done. */
  isAct = false;

  constructor(message: string, fields: AppErrorFields) {
    super(message, { cause: fields.cause });
    this.name = 'AppError';
    this.kind = fields.kind;
    this.code = fields.code;
    this.hint = fields.hint;
    this.status = fields.status;
    this.requestId = fields.requestId;
    this.details = fields.details;
  }
}

interface PostgrestFailure {
  message: string;
  code?: string;
  hint?: string | null;
  details?: unknown;
  request_id?: string;
}

const isPostgrestFailure = (value: unknown): value is PostgrestFailure =>
  typeof value === 'object' &&
  value !== null &&
  'message' in value &&
  ('code' in value || 'hint' in value || 'details' in value);

// postgrest-js reports a failed fetch as an error with an empty code and the TypeError's name in front.
const isFetchFailure = (message: string) =>
  /failed to fetch|fetch failed|networkerror|load failed|aborterror|timeouterror/i.test(message);

const networkError = (error: Error | PostgrestFailure, name = '') =>
  new AppError(error.message, {
    kind: 'network',
    code: /timeouterror/i.test(`${name} ${error.message}`) ? 'timeout' : 'network',
    cause: error,
  });

/** An act asked for while the browser knows of no network stays here, for certain. */
export function refuseUnsent(): void {
  if (isCutOff()) throw new AppError('not sent: no network', { kind: 'network', code: 'not_sent' });
}

export function toAppError(error: unknown, status?: number): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof AuthError) {
    if (error.name === 'AuthRetryableFetchError') return networkError(error);
    return new AppError(error.message, {
      kind: 'auth',
      code: error.code ?? error.name,
      ...(error.status ? { status: error.status } : {}),
      cause: error,
    });
  }
  if (error instanceof FunctionsFetchError) return networkError(error, (error.context as Error | undefined)?.name);
  if (isPostgrestFailure(error)) {
    const code = error.code ?? '';
    if (!code && (!status || isFetchFailure(error.message))) return networkError(error);
    return new AppError(error.message, {
      kind: 'database',
      code,
      ...(error.hint ? { hint: error.hint } : {}),
      ...(status ? { status } : {}),
      ...(error.request_id ? { requestId: error.request_id } : {}),
      details: error.details,
      cause: error,
    });
  }
  if (error instanceof Error) {
    if (error.name === 'TimeoutError' || (error instanceof TypeError && isFetchFailure(error.message)))
      return networkError(error, error.name);
    return new AppError(error.message, { kind: 'unknown', code: error.name, cause: error });
  }
  return new AppError(String(error), { kind: 'unknown', code: 'unknown', cause: error });
}

/** Edge Functions answer `{code, message, details?}`; the body is still unread when supabase-js throws. */
export async function functionError(error: unknown): Promise<AppError> {
  if (!(error instanceof FunctionsHttpError || error instanceof FunctionsRelayError)) return toAppError(error);
  const response = error.context as Response;
  const requestId = response.headers.get('x-request-id') ?? response.headers.get('sb-request-id') ?? undefined;
  const body: unknown = await response.json().catch(() => null);
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  return new AppError(typeof fields.message === 'string' ? fields.message : error.message, {
    kind: 'function',
    code: typeof fields.code === 'string' ? fields.code : `http_${response.status}`,
    status: response.status,
    ...(requestId ? { requestId } : {}),
    details: fields.details,
    cause: error,
  });
}

export const isForbidden = (error: unknown): boolean => {
  const known = toAppError(error);
  return known.code === '42501' || known.hint === 'permission_denied' || known.code === 'permission_denied';
};

export const isNotFound = (error: unknown): boolean => {
  const known = toAppError(error);
  // 22P02: an address holds what is no identifier. Nothing has it.
  return known.code === 'P0002' || known.code === '22P02' || known.status === 404;
};

const networkKey = ({ code, isAct }: AppError) =>
  code === 'not_sent' ? 'errors.not_sent' : isAct ? 'errors.answer_lost' : 'errors.network';

/** Candidate translation keys, most precise first. */
export function errorKeys(error: AppError): string[] {
  const keys: string[] = [];
  if (error.kind === 'network') keys.push(networkKey(error));
  if (error.hint && /^[a-z0-9_]+$/.test(error.hint)) keys.push(`errors.code.${error.hint}`);
  if (/^[a-z0-9_]+$/.test(error.code)) keys.push(`errors.code.${error.code}`);
  if (/^[0-9A-Z]{5}$|^PGRST\d+$/.test(error.code)) keys.push(`errors.sqlstate.${error.code}`);
  return keys;
}

type Translate = (key: string, named?: Record<string, unknown>) => string;

export function describeError(error: unknown, t: Translate, te: (key: string) => boolean): string {
  const known = toAppError(error);
  const key = errorKeys(known).find((candidate) => te(candidate));
  if (key) return t(key);
  return known.requestId
    ? t('errors.unknown_with_id', { message: known.message, id: known.requestId })
    : t('errors.unknown', { message: known.message });
}

/** `const errorText = useErrorText(); errorText(error)` → one translated sentence. */
export function useErrorText(): (error: unknown) => string {
  const { t, te, fallbackLocale } = useI18n();
  return (error) =>
    describeError(
      error,
      (key, named) => t(key, named ?? {}),
      (key) => te(key) || te(key, fallbackLocale.value as string),
    );
}
