import { computed, onScopeDispose, type ComputedRef } from 'vue';
import { useRoute, useRouter, type LocationQuery, type LocationQueryRaw } from 'vue-router';
import { storable } from '@/base/storable.ts';

/** How one value travels in the URL. `write` returns undefined for the default: it stays out of the URL. */
export interface UrlParam<T> {
  read(raw: string | undefined): T;
  write(value: T): string | undefined;
  initial: T;
}

const param = <T>(initial: T, parse: (raw: string) => T | undefined, print: (value: T) => string): UrlParam<T> => ({
  initial,
  read: (raw) => (raw === undefined ? initial : (parse(raw) ?? initial)),
  write: (value) => (print(value) === print(initial) ? undefined : print(value)),
});

export const textParam = (initial = '', maxLength = 200) =>
  param<string>(
    initial,
    (raw) => storable(raw.slice(0, maxLength)),
    (value) => value,
  );

export const choiceParam = <T extends string>(allowed: readonly T[], initial: T) =>
  param<T>(
    initial,
    (raw) => allowed.find((value) => value === raw),
    (value) => value,
  );

export const listParam = <T extends string>(allowed?: readonly T[]) =>
  param<T[]>(
    [],
    (raw) => raw.split(',').filter((value): value is T => value !== '' && (!allowed || allowed.includes(value as T))),
    (value) => value.join(','),
  );

/** Codes the database alone knows: whatever could be one. */
export const codesParam = () =>
  param<string[]>(
    [],
    (raw) => raw.split(',').filter((value) => /^[a-z][a-z0-9_]{0,39}$/.test(value)),
    (value) => value.join(','),
  );

export const intParam = (initial: number, { min = 1, max = 1_000_000 } = {}) =>
  param<number>(
    initial,
    (raw) => (/^\d+$/.test(raw) && Number(raw) >= min && Number(raw) <= max ? Number(raw) : undefined),
    String,
  );

export const optionalIntParam = ({ min = 0, max = 100_000 } = {}) =>
  param<number | null>(
    null,
    (raw) => (/^\d+$/.test(raw) && Number(raw) >= min && Number(raw) <= max ? Number(raw) : undefined),
    (value) => (value === null ? '' : String(value)),
  );

export const optionalFlagParam = () =>
  param<boolean | null>(
    null,
    (raw) => (raw === '1' ? true : raw === '0' ? false : undefined),
    (value) => (value === null ? '' : value ? '1' : '0'),
  );

export const flagParam = (initial: boolean) =>
  param<boolean>(
    initial,
    (raw) => (raw === '1' ? true : raw === '0' ? false : undefined),
    (value) => (value ? '1' : '0'),
  );

/** What cannot be what it should reads as `instead`: the database would refuse the whole page. */
const checkedParam = (isRight: (text: string) => boolean, instead = ''): UrlParam<string> => ({
  initial: '',
  read: (raw) => (!raw || isRight(raw) ? (raw ?? '') : instead),
  write: (value) => value || undefined,
});
const isUuid = (text: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
/** 31 February is none. */
function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
/** Nobody's identifier: a list asked for something malformed finds nothing, rather than everything. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
/** An identifier, or one of some words that stand in its place. */
export const uuidParam = (words: readonly string[] = []) =>
  checkedParam((text) => isUuid(text) || words.includes(text), NOBODY);
/** A calendar day, `2026-11-30`. */
export const dayParam = () => checkedParam(isDay);

type Params = Record<string, UrlParam<never>>;
type ParamValue<P> = P extends UrlParam<infer T> ? T : never;
export type UrlValues<P> = { [K in keyof P]: ParamValue<P[K]> };

const first = (value: LocationQuery[string] | undefined): string | undefined =>
  Array.isArray(value) ? (value[0] ?? undefined) : (value ?? undefined);

export interface UrlState<P> {
  state: ComputedRef<UrlValues<P>>;
  /** Changes some values. `replace` leaves no history entry (typing); keys outside the schema are kept. */
  patch(values: Partial<UrlValues<P>>, options?: { replace?: boolean }): Promise<void>;
  /** Back to the defaults, all or the keys named. */
  reset(keys?: (keyof P)[]): Promise<void>;
  /** The part of the query this schema owns, ready for a saved view. */
  queryString: ComputedRef<string>;
  /** Replaces everything the schema owns by a query string made by `queryString`. */
  load(query: string): Promise<void>;
}

export function useUrlState<P extends { [K in keyof P]: UrlParam<never> | UrlParam<any> }>(params: P): UrlState<P> {
  const route = useRoute();
  const router = useRouter();
  const schema = params as unknown as Params;
  const keys = Object.keys(schema);

  const state = computed(
    () =>
      Object.fromEntries(
        keys.map((key) => [key, schema[key]!.read(first(route.query[key]))]),
      ) as unknown as UrlValues<P>,
  );

  const owned = (values: Record<string, unknown>): Record<string, string> => {
    const query: Record<string, string> = {};
    for (const key of keys) {
      const text = schema[key]!.write(values[key] as never);
      if (text !== undefined) query[key] = text;
    }
    return query;
  };
  const foreign = (): LocationQueryRaw =>
    Object.fromEntries(Object.entries(route.query).filter(([key]) => !keys.includes(key)));

  // Typing is answered after a pause. By then a click may lead elsewhere, and must not be called back.
  let leaving = false;
  const stops = [
    router.beforeEach((to) => void (leaving = to.path !== route.path)),
    router.afterEach(() => void (leaving = false)),
    router.onError(() => void (leaving = false)),
  ];
  onScopeDispose(() => {
    leaving = true;
    for (const stop of stops) stop();
  });

  async function go(values: Record<string, unknown>, replace: boolean): Promise<void> {
    if (leaving && replace) return;
    const location = { query: { ...foreign(), ...owned(values) }, hash: route.hash };
    await (replace ? router.replace(location) : router.push(location));
  }

  return {
    state,
    queryString: computed(() => new URLSearchParams(owned(state.value as Record<string, unknown>)).toString()),
    patch: (values, options) => go({ ...(state.value as object), ...(values as object) }, options?.replace ?? false),
    reset: (only) => {
      const cleared = Object.fromEntries((only ?? keys).map((key) => [key, schema[key as string]!.initial]));
      return go({ ...(state.value as object), ...cleared }, false);
    },
    load: (query) => {
      const fields = new URLSearchParams(query);
      return go(Object.fromEntries(keys.map((key) => [key, schema[key]!.read(fields.get(key) ?? undefined)])), false);
    },
  };
}
