import type { DataColumn } from '../components/table.ts';
import type { UrlParam, UrlValues } from '../url-state.ts';

export type ListParams = Record<string, UrlParam<any>>;

/** What the address holds of every list, besides its own filters. */
export interface ListState<Sort extends string = string> {
  q: string;
  sort: Sort;
  desc: boolean;
  page: number;
  size: number;
}
export type ListFiltersOf<Params, Sort extends string> = UrlValues<Params> & ListState<Sort>;

export interface ListColumn extends Omit<DataColumn, 'label'> {
  labelKey: string;
}

/** One list of the console, declared: its words, its filters, its columns. */
export interface Resource<Row, Params extends ListParams, Sort extends string> {
  /** Its saved views, its columns in this browser and its panel go by it. */
  name: string;
  titleKey: string;
  searchKey: string;
  icon: string;
  emptyKey: string;
  emptyHelpKey: string;
  filteredKey: string;
  filteredHelpKey: string;
  /** How many are selected, for lists whose rows can be. */
  bulkKey?: string;
  /** How many have come since the list was read. */
  freshKey?: string;
  params: Params;
  sorts: readonly Sort[];
  /** The order it has before anybody asks for another. */
  sort: Sort;
  desc: boolean;
  size?: number;
  /** A list short enough to be shown whole. */
  unpaged?: boolean;
  columns: readonly ListColumn[];
  rowKey(row: Row): string;
  rowLabel(row: Row): string;
}

export const defineResource = <Row, Params extends ListParams, const Sort extends string>(
  resource: Resource<Row, Params, Sort>,
): Resource<Row, Params, Sort> => resource;

export interface FilterOption {
  value: unknown;
  label: string;
}
interface SelectFilter {
  param: string;
  label: string;
  /** Width of its box on a wide screen: `md:w-36`. */
  width: string;
  options: readonly FilterOption[];
}

/** A filter beside the search. `many` chooses several values, `one` a single one or none. */
export type ListFilter =
  | ({ kind: 'many'; /** Long enough to be searched: what its search box says. */ search?: string } & SelectFilter)
  | ({ kind: 'one'; /** What stands for no choice. */ any: FilterOption } & SelectFilter)
  | { kind: 'period'; from: string; to: string; width: string }
  /** What only a link sets: shown while it is set, with a way to drop it. */
  | { kind: 'chip'; param: string; label: string };
