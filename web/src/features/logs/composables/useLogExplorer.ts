import { useIntervalFn } from '@vueuse/core';
import { computed, onMounted, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute } from 'vue-router';
import { toAppError } from '@/base/errors.ts';
import { formatLocale } from '@/base/format.ts';
import { choiceParam, flagParam, textParam, type UrlParam, useUrlState } from '@/shared/url-state.ts';
import { listLogTexts, scopeLogQuery } from '../query/filters.ts';
import {
  browserZone,
  instantParam,
  mergeNewest,
  placeParam,
  RANGE_NAMES,
  RANGES,
  timeFormatter,
  zoneParam,
} from '../time.ts';
import type { LogLine, LogQuestion, LogScope } from '../types.ts';
import { useLogFacets } from '../queries.ts';
import { useLogHistogram } from './useLogHistogram.ts';
import { useLogLines } from './useLogLines.ts';
import { useLogTail } from './useLogTail.ts';

/** What a saved view keeps: neither the line that is open nor the zone of who saved it. */
export const questionParams = {
  q: textParam('', 4_000),
  range: choiceParam(RANGE_NAMES, '24h'),
  from: instantParam(),
  to: instantParam(),
  order: choiceParam(['newest', 'oldest'] as const, 'newest'),
};
const placeParams = {
  tz: zoneParam(),
  line: placeParam(),
  live: flagParam(true),
  show: choiceParam(['lines', 'patterns'] as const, 'lines'),
};

/** What decides which lines a link means. */
const MEANT = ['tz', 'range', 'from', 'to', 'line'] as const;

/** Clients' clocks are let run so far ahead. */
const AHEAD_MS = 5 * 60_000;
const COUNTS_EVERY_MS = 5_000;
const STILL_COUNTS_EVERY_MS = 60_000;
const MOST_WAITING = 5_000;

/** All that an explorer shows, and what may be asked of it. Its state is the address. */
export function useLogExplorer(scope: LogScope) {
  const { locale } = useI18n();
  const { query: opened } = useRoute();
  /** Parts of the address that nobody can read: the link shows something else than who sent it saw. */
  const unread = ref(
    MEANT.filter((key) => {
      const param: UrlParam<string> = { ...questionParams, ...placeParams }[key];
      const raw = opened[key];
      return typeof raw === 'string' && raw !== '' && raw !== param.initial && param.read(raw) === param.initial;
    }),
  );
  const view = useUrlState(questionParams);
  const url = useUrlState({ ...questionParams, ...placeParams });
  const state = url.state;
  const zone = computed(() => state.value.tz || browserZone());
  const time = computed(() => timeFormatter(formatLocale(locale.value), zone.value));
  onMounted(() => void (state.value.tz || url.patch({ tz: browserZone() }, { replace: true })));

  const fixed = scope.license ? `license:${scope.license}` : scope.customer ? `client:${scope.customer}` : '';
  const scoped = computed(() => scopeLogQuery(fixed, state.value.q));
  /** When periods up to now end. */
  const now = ref(Date.now());
  const isRelative = computed(() => !state.value.from && !state.value.to);
  const isLive = computed(() => isRelative.value && state.value.live && state.value.order === 'newest');
  const period = computed(() => {
    const { from, to, range } = state.value;
    const end = to ? Date.parse(to) : now.value;
    return { from: from ? Date.parse(from) : (isRelative.value ? now.value : end) - RANGES[range], to: end };
  });
  const isBackwards = computed(() => period.value.from >= period.value.to);
  const question = computed<LogQuestion>(() => ({
    query: scoped.value.query,
    from_time: new Date(period.value.from).toISOString(),
    to_time: new Date(period.value.to + (state.value.to ? 0 : AHEAD_MS)).toISOString(),
  }));

  const list = useLogLines();
  const isFollowing = ref(true);
  const waiting = shallowRef<LogLine[]>([]);
  const hasGap = ref(false);
  /** Lines that no count knows yet. */
  let hasNew = false;
  const tail = useLogTail({
    topic: scope.license ? `logs:${scope.license}` : 'logs',
    isOn: () => isLive.value,
    onLines(come) {
      hasNew = true;
      const inPeriod = come.filter(({ at }) => Date.parse(at) >= period.value.from);
      if (isFollowing.value && !waiting.value.length) list.add(inPeriod);
      else waiting.value = mergeNewest(waiting.value, inPeriod).slice(0, MOST_WAITING);
    },
    onLeftOut: () => (hasGap.value = true),
  });
  function showWaiting(): void {
    list.add(waiting.value);
    waiting.value = [];
  }

  /** The database could read the query: whatever else is asked of it, is asked only then. */
  const isRead = ref(false);
  let asks = 0;
  async function refresh(): Promise<void> {
    const asked = ++asks;
    now.value = Date.now();
    waiting.value = [];
    hasGap.value = false;
    hasNew = false;
    isFollowing.value = true;
    isRead.value = false;
    list.clear();
    if (isBackwards.value) return;
    // The tail first: what comes while the list is read is in one of them at least.
    await tail.begin(question.value.query);
    if (asks !== asked) return;
    if (tail.error.value && toAppError(tail.error.value).hint === 'query_invalid') return list.refuse(tail.error.value);
    isRead.value = true;
    await list.ask({
      ...question.value,
      to_time: state.value.to || null,
      oldest_first: state.value.order === 'oldest',
    });
  }
  const signature = computed(() => JSON.stringify([scoped.value.query, view.queryString.value]));
  watch(signature, () => void refresh(), { immediate: true });

  const histogram = useLogHistogram(
    () => question.value,
    () => isRead.value,
  );
  const facets = useLogFacets(
    () => question.value,
    () => isRead.value,
  );
  // A count that takes long is let end; where nothing came the period moves on all the same.
  useIntervalFn(() => {
    const isDue = hasNew || Date.now() - now.value >= STILL_COUNTS_EVERY_MS;
    if (!isLive.value || !isRead.value || histogram.isCounting.value || !isDue) return;
    hasNew = false;
    now.value = Date.now();
  }, COUNTS_EVERY_MS);

  /** A link that shows the same instants wherever and whenever it is opened. */
  function link(): string {
    const address = new URL(location.href);
    address.searchParams.set('tz', zone.value);
    address.searchParams.set('from', new Date(period.value.from).toISOString());
    address.searchParams.set('to', new Date(period.value.to).toISOString());
    address.searchParams.delete('range');
    return address.href;
  }

  return {
    state,
    view,
    zone,
    time,
    period,
    question,
    isBackwards,
    unread,
    isRead,
    list,
    tail,
    histogram,
    facets,
    isRelative,
    isLive,
    isFollowing,
    waiting,
    hasGap,
    showWaiting,
    refresh,
    link,
    /** Characters that stand before the query where a refusal counts from. */
    before: computed(() => scoped.value.before),
    words: computed(() => listLogTexts(state.value.q)),
    search: (q: string) => void url.patch({ q }),
    patch: url.patch,
    load: view.load,
  };
}
