import { computed, ref, watch, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { nextSort, type DataColumn } from '../components/table.ts';
import { usePreferencesStore } from '../preferences.ts';
import { choiceParam, flagParam, intParam, textParam, useUrlState } from '../url-state.ts';
import type { ListFiltersOf, ListParams, Resource } from './resource.ts';
import { useSelection } from './useSelection.ts';

interface ListQuery<Row> {
  data: Ref<{ rows: Row[]; total: number } | undefined>;
  error: Ref<unknown>;
  isPending: Ref<boolean>;
  isFetching: Ref<boolean>;
  isPlaceholderData: Ref<boolean>;
  isSuccess: Ref<boolean>;
  refetch(): unknown;
}

const LONGEST_SEARCH = 300;
const BRIDGED_MS = 1_000;
/** A period is one filter, whichever of its ends is set. */
const filterOf = (param: string) => (param === 'from' || param === 'to' ? 'period' : param);

/** Search, filters, sort, page, columns and selection of a declared list; all but the last two in the address. */
export function useResourceList<
  Row,
  Params extends ListParams,
  Sort extends string,
  Query extends ListQuery<Row> = ListQuery<Row>,
>(resource: Resource<Row, Params, Sort>, read: (filters: Ref<ListFiltersOf<Params, Sort>>) => Query) {
  type Filters = ListFiltersOf<Params, Sort>;
  const { t } = useI18n();
  const preferences = usePreferencesStore();
  const own = Object.keys(resource.params);
  const url = useUrlState({
    q: textParam('', LONGEST_SEARCH),
    ...resource.params,
    sort: choiceParam(resource.sorts, resource.sort),
    desc: flagParam(resource.desc),
    page: intParam(1),
    size: intParam(resource.size ?? 25, { min: 1, max: 200 }),
  } as ListParams);
  const filters = computed(() => url.state.value as Filters);
  const given = computed(() => {
    const query = new URLSearchParams(url.queryString.value);
    return ['q', ...own].filter((param) => query.has(param)).map(filterOf);
  });

  /** Changing what is listed goes back to page 1. `replace` leaves no history entry (typing). */
  const set = (values: Partial<Filters>, options?: { replace?: boolean }): Promise<void> =>
    url.patch('page' in values ? values : { ...values, page: 1 }, options);

  const query = read(filters);
  // The rows of another question bridge a moment; they never stand in for an answer that does not come.
  const late = ref(false);
  watch(query.isPlaceholderData, (stale, _was, onCleanup) => {
    late.value = false;
    if (!stale) return;
    const timer = setTimeout(() => (late.value = true), BRIDGED_MS);
    onCleanup(() => clearTimeout(timer));
  });
  const rows = computed(() => (late.value ? [] : (query.data.value?.rows ?? [])));
  const total = computed(() => (late.value ? 0 : (query.data.value?.total ?? 0)));
  // When the list has shrunk under it, the last page there is takes its place.
  watch([total, query.isPlaceholderData], ([count, stale]) => {
    const last = Math.max(1, Math.ceil(count / filters.value.size));
    if (!stale && query.isSuccess.value && !late.value && filters.value.page > last)
      void set({ page: last } as Partial<Filters>, { replace: true });
  });

  const columns = computed<DataColumn[]>(() =>
    resource.columns.map(({ labelKey, ...column }) => ({ ...column, label: t(labelKey) })),
  );
  const defaults = resource.columns.filter(({ optional }) => !optional).map(({ key }) => key);
  const visible = computed(() => {
    const wanted = preferences.visibleColumns(resource.name, defaults);
    return columns.value.filter((column) => column.fixed || wanted.includes(column.key));
  });

  const selection = useSelection(rows, resource.rowKey);
  // Another filter is another list.
  watch(() => ['q', ...own].map((param) => String(filters.value[param as keyof Filters])).join('|'), selection.clear);

  return {
    resource,
    query,
    rows,
    total,
    /** The answer is awaited and nothing is shown in its place. */
    late,
    filters,
    /** How many filters are set, the search included. */
    active: computed(() => new Set(given.value).size),
    set,
    clear: () => url.reset(['q', ...own, 'page']),
    sortBy(key: string): void {
      const { sort, descending } = nextSort({ sort: filters.value.sort, descending: filters.value.desc }, key);
      void set({ sort, desc: descending } as Partial<Filters>);
    },
    queryString: url.queryString,
    load: url.load,
    columns,
    defaults,
    visible,
    selection,
  };
}
export type ResourceListState<Row> = Omit<
  ReturnType<typeof useResourceList<Row, ListParams, string>>,
  'resource' | 'filters' | 'set' | 'selection'
> & {
  resource: Resource<Row, any, any>;
  filters: Ref<any>;
  set(values: any, options?: { replace?: boolean }): Promise<void>;
  selection: ReturnType<typeof useSelection<Row>>;
};
