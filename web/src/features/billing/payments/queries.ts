import { keepPreviousData, useQuery, type QueryMeta } from '@tanstack/vue-query';
import { fromDate, parseDate, today, toZoned, toCalendarDate } from '@internationalized/date';
import { computed, type Ref } from 'vue';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';
import { businessZone } from '@/base/business-zone.ts';
import { usePagedQuery } from '@/shared/list/usePagedQuery.ts';
import { paymentKeys } from './keys.ts';
import type { PaymentFilters, PaymentSubject } from './types.ts';

/** Midnight where the business is, at the start of a day, as an instant. */
const startOf = (day: string, plusDays = 0) =>
  toZoned(parseDate(day).add({ days: plusDays }), businessZone()).toAbsoluteString();

const meta: QueryMeta = { dependsOn: ['billing'] };

/** The filters as the database's function takes them; what is not set is left out. */
export function searchArguments(filters: PaymentFilters): RpcArgs<'search_payments'> {
  return {
    ...(filters.q.trim() ? { query: filters.q.trim() } : {}),
    ...(filters.status.length ? { statuses: filters.status } : {}),
    ...(filters.from ? { from_time: startOf(filters.from) } : {}),
    ...(filters.to ? { to_time: startOf(filters.to, 1) } : {}),
    sort: filters.sort,
    descending: filters.desc,
    page: filters.page,
    page_size: filters.size,
  };
}

export const searchPayments = (filters: PaymentFilters, signal?: AbortSignal) =>
  callRpc('search_payments', searchArguments(filters), signal);

export const usePaymentList = (filters: Ref<PaymentFilters>) =>
  usePagedQuery(filters, paymentKeys.list, searchPayments, { meta });

const CHART_DAYS = 30;
const MAX_DAYS = 400;

/** Days the chart shows: those of the filter, at most 400 up to its end; without a filter the last 30. */
export function chartDays(from: string, to: string, now: Date): { from: string; to: string } {
  const last = to ? parseDate(to) : toCalendarDate(fromDate(now, businessZone()));
  const earliest = last.subtract({ days: MAX_DAYS });
  const first = from ? parseDate(from) : last.subtract({ days: CHART_DAYS - 1 });
  return {
    from: (first.compare(earliest) < 0 ? earliest : first.compare(last) > 0 ? last : first).toString(),
    to: last.toString(),
  };
}

export function useDailyPayments(filters: Ref<PaymentFilters>) {
  const days = computed(() =>
    chartDays(filters.value.from, filters.value.to, today(businessZone()).toDate(businessZone())),
  );
  const query = useQuery({
    queryKey: computed(() => paymentKeys.days(days.value.from, days.value.to)),
    meta,
    queryFn: ({ signal }) => callRpc('daily_payments', { from_day: days.value.from, to_day: days.value.to }, signal),
    placeholderData: keepPreviousData,
  });
  return { days, query };
}

const LATEST = 100;

/** The latest payments of one licence or customer. */
export const usePaymentsOf = (subject: () => PaymentSubject) =>
  useQuery({
    queryKey: computed(() => paymentKeys.of(subject())),
    meta,
    queryFn: ({ signal }) => callRpc('search_payments', { ...subject(), page_size: LATEST }, signal),
  });
