import type { Collection } from '../collection.ts';
import { errors } from '../errors.ts';
import type { Params } from '../params.ts';

export interface ListOptions<T> {
  url: string;
  within?: readonly [index: string, key: string] | undefined;
  filter?: ((object: T) => boolean) | undefined;
}

/** A page of a collection, newest first, with Stripe's cursors. */
export function list<T extends { id: string }>(
  collection: Collection<T>,
  params: Params,
  { url, within, filter }: ListOptions<T>,
): object {
  const limit = params.integer('limit') ?? 10;
  if (limit < 1 || limit > 100) throw errors.invalid('Limit must be between 1 and 100', 'limit');
  const startingAfter = params.text('starting_after');
  const page = collection.page({
    limit,
    created: params.range('created'),
    startingAfter,
    endingBefore: params.text('ending_before'),
    ...(within ? { within } : {}),
    ...(filter ? { filter } : {}),
  });
  if (!page) throw errors.missing('object', startingAfter ?? params.text('ending_before') ?? '', 'starting_after');
  return { object: 'list', data: page.data, has_more: page.hasMore, url };
}
