import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { RestatementRow } from '@contracts/rows/stripe.ts';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callRpc, unwrap } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';
import type { EventFilters, StripeDrift, StripeEvent, StripeSync, SyncKind } from './types.ts';

export const stripeKeys = {
  all: ['stripe'] as const,
  health: () => [...stripeKeys.all, 'health'] as const,
  events: (filters: EventFilters) => [...stripeKeys.all, 'events', filters] as const,
  payload: (id: string) => [...stripeKeys.all, 'payload', id] as const,
  syncs: () => [...stripeKeys.all, 'syncs'] as const,
  drifts: () => [...stripeKeys.all, 'drifts'] as const,
  restatements: () => [...stripeKeys.all, 'restatements'] as const,
};

const PAGE_SIZE = 50;
const EVENT_COLUMNS =
  'id,type,object_id,status,source,attempts,error,next_attempt_at,stripe_created_at,received_at,processed_at,' +
  'pruned_at,livemode';

export const useStripeHealth = () =>
  useQuery({
    queryKey: stripeKeys.health(),
    queryFn: ({ signal }) => callRpc('stripe_health', {}, signal),
    refetchInterval: 30_000,
  });

/** An id is looked up whole, anything else is the beginning of a type: `invoice.`. */
export function eventCondition(
  query: string,
): { column: 'id' | 'object_id'; equals: string } | { startsWith: string } | null {
  const text = query.trim();
  if (!text) return null;
  if (/^[a-z]+_[A-Za-z0-9_]{4,}$/.test(text) && !text.includes('.'))
    return { column: text.startsWith('evt_') ? 'id' : 'object_id', equals: text };
  return { startsWith: text.replace(/[\\%_]/g, '\\$&') };
}

function readEvents(filters: EventFilters, before: string | null): Promise<StripeEvent[]> {
  let request = supabase
    .from('stripe_events')
    .select(EVENT_COLUMNS)
    .order('received_at', { ascending: false })
    .limit(PAGE_SIZE);
  if (filters.status.length) request = request.in('status', filters.status);
  const condition = eventCondition(filters.q);
  if (condition)
    request =
      'equals' in condition
        ? request.eq(condition.column, condition.equals)
        : request.like('type', `${condition.startsWith}%`);
  if (before) request = request.lt('received_at', before);
  return unwrap(request.overrideTypes<StripeEvent[], { merge: false }>());
}

/** The ledger, newest first, page after page. */
export function useStripeEvents(filters: Ref<EventFilters>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => stripeKeys.events(filters.value)),
    queryFn: ({ pageParam }) => readEvents(filters.value, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.length === PAGE_SIZE ? (last.at(-1)?.received_at ?? null) : null),
  });
  return { query, events: computed(() => query.data.value?.pages.flat() ?? []) };
}

/** What Stripe sent, hardware identifiers masked by the database. */
export const useEventPayload = (id: () => string) =>
  useQuery({
    queryKey: computed(() => stripeKeys.payload(id())),
    queryFn: async () =>
      (
        await unwrap(
          supabase
            .from('stripe_events')
            .select('payload')
            .eq('id', id())
            .single()
            .overrideTypes<{ payload: unknown }, { merge: false }>(),
        )
      ).payload,
    staleTime: Number.POSITIVE_INFINITY,
  });

const LATEST_SYNCS = 30;
const SYNC_COLUMNS =
  'id,kind,status,requested_by,phase,done_count,total_count,drift_count,left_out_count,error,started_at,' +
  'finished_at,created_at';
export const useStripeSyncs = () =>
  useQuery({
    queryKey: stripeKeys.syncs(),
    queryFn: () =>
      unwrap(
        supabase
          .from('stripe_syncs')
          .select(SYNC_COLUMNS)
          .order('created_at', { ascending: false })
          .limit(LATEST_SYNCS)
          .overrideTypes<StripeSync[], { merge: false }>(),
      ),
  });

const LATEST_RESTATEMENTS = 100;
export const useRestatements = () =>
  useQuery({
    queryKey: stripeKeys.restatements(),
    queryFn: () =>
      unwrap(
        supabase
          .from('metric_restatements')
          .select('id,day,currency,customer_id,movement_id,before,after,why,restated_by,restated_at')
          .order('restated_at', { ascending: false })
          .limit(LATEST_RESTATEMENTS)
          .overrideTypes<RestatementRow[], { merge: false }>(),
      ),
  });

const LATEST_DRIFTS = 100;
export const useStripeDrifts = () =>
  useQuery({
    queryKey: stripeKeys.drifts(),
    queryFn: () =>
      unwrap(
        supabase
          .from('stripe_drifts')
          .select('id,sync_id,object_type,object_id,fields,action,created_at')
          .order('created_at', { ascending: false })
          .limit(LATEST_DRIFTS)
          .overrideTypes<StripeDrift[], { merge: false }>(),
      ),
  });

export function useStartSync() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (kind: SyncKind) => callRpc('start_stripe_sync', { kind }),
    onSettled: () => client.invalidateQueries({ queryKey: stripeKeys.all }),
  });
}

export function useSetEventAside() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (aside: RpcArgs<'set_stripe_event_aside'>) => callRpc('set_stripe_event_aside', aside),
    onSettled: () => client.invalidateQueries({ queryKey: stripeKeys.all }),
  });
}

export function useRetryEvent() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => callRpc('retry_stripe_event', { event_id: id }),
    onSettled: () => client.invalidateQueries({ queryKey: stripeKeys.all }),
  });
}
