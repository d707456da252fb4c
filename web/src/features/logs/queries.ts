import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';
import type { LogLine, LogQuestion } from './types.ts';

export const logKeys = {
  all: ['logs'] as const,
  facets: (question: LogQuestion) => [...logKeys.all, 'facets', question] as const,
  line: (place: string) => [...logKeys.all, 'line', place] as const,
  around: (place: string) => [...logKeys.all, 'around', place] as const,
  last: (query: string) => [...logKeys.all, 'last', query] as const,
  groups: () => [...logKeys.all, 'groups'] as const,
  groupList: (args: RpcArgs<'search_log_groups'>) => [...logKeys.groups(), 'list', args] as const,
  group: (id: number) => [...logKeys.groups(), 'one', id] as const,
  sources: () => [...logKeys.all, 'sources'] as const,
  tickets: (licenseId: string) => [...logKeys.all, 'tickets', licenseId] as const,
  assignees: () => [...logKeys.all, 'assignees'] as const,
};

export const useLogFacets = (question: () => LogQuestion, isWanted: () => boolean) =>
  useQuery({
    queryKey: computed(() => logKeys.facets(question())),
    queryFn: ({ signal }) => callRpc('get_log_facets', question(), signal),
    enabled: computed(isWanted),
    placeholderData: keepPreviousData,
  });

/** The line at a place of the log: search_logs goes on after places, so it is asked for what follows the one before. */
async function lineAt(place: string, signal: AbortSignal): Promise<LogLine | null> {
  const [at = '', id = ''] = place.split('_');
  const { rows } = await callRpc('search_logs', { cursor: `${at}_${Number(id) + 1}`, page_size: 1 }, signal);
  return rows[0]?.id === Number(id) ? rows[0] : null;
}
export const useLogLine = (place: () => string, known: () => LogLine | undefined) =>
  useQuery({
    queryKey: computed(() => logKeys.line(place())),
    queryFn: ({ signal }) => lineAt(place(), signal),
    initialData: known,
    staleTime: Number.POSITIVE_INFINITY,
  });

const NEIGHBOURS = 5;
/** What the same client wrote just before and after, whatever is filtered, newest first. */
export const useNeighbours = (place: () => string, query: () => string) =>
  useQuery({
    queryKey: computed(() => [...logKeys.around(place()), query()]),
    queryFn: async ({ signal }) => {
      const around = { query: query(), cursor: place(), page_size: NEIGHBOURS };
      const [after, before] = await Promise.all([
        callRpc('search_logs', { ...around, oldest_first: true }, signal),
        callRpc('search_logs', around, signal),
      ]);
      return { after: after.rows.toReversed(), before: before.rows };
    },
  });

const LAST = 5;
type LogPage = Awaited<ReturnType<typeof callRpc<'search_logs'>>>;
const MOST_A_PAGE = 1_000;
/** Lines of a question from the newest on, so many at most; it goes on where the budget of one answer ends. */
export async function* pagesOf(
  question: Partial<LogQuestion>,
  signal: AbortSignal,
  most: number,
): AsyncGenerator<LogPage, void> {
  let cursor: string | null = null;
  let left = most;
  do {
    const page: LogPage = await callRpc(
      'search_logs',
      { ...question, cursor, page_size: Math.min(left, MOST_A_PAGE) },
      signal,
    );
    yield page;
    signal.throwIfAborted();
    left -= page.rows.length;
    cursor = page.next_cursor;
  } while (cursor !== null && left > 0);
}
export async function lastLines(query: string, signal: AbortSignal, most = LAST): Promise<LogLine[]> {
  const found: LogLine[] = [];
  for await (const { rows } of pagesOf({ query }, signal, most)) found.push(...rows);
  return found;
}
export const useLastLines = (query: () => string) =>
  useQuery({
    queryKey: computed(() => logKeys.last(query())),
    queryFn: ({ signal }) => lastLines(query(), signal),
  });

export const useLogGroups = (args: () => RpcArgs<'search_log_groups'>) =>
  useQuery({
    queryKey: computed(() => logKeys.groupList(args())),
    queryFn: ({ signal }) => callRpc('search_log_groups', args(), signal),
    placeholderData: keepPreviousData,
  });

export const useLogGroup = (id: () => number) =>
  useQuery({
    queryKey: computed(() => logKeys.group(id())),
    queryFn: ({ signal }) => callRpc('get_log_group', { group_id: id() }, signal),
  });

function useLogAct<Name extends 'update_log_group' | 'assign_log_group' | 'add_log_source_token' | 'revoke_log_token'>(
  name: Name,
  key: () => readonly unknown[],
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<Name>) => callRpc(name, input),
    onSuccess: () => client.invalidateQueries({ queryKey: key() }),
  });
}
export const useUpdateGroup = () => useLogAct('update_log_group', logKeys.groups);
export const useAssignGroup = () => useLogAct('assign_log_group', logKeys.groups);
export const useAddToken = () => useLogAct('add_log_source_token', logKeys.sources);
export const useRevokeToken = () => useLogAct('revoke_log_token', logKeys.sources);

export const sourcesQuery = queryOptions({
  queryKey: logKeys.sources(),
  queryFn: ({ signal }) => callRpc('list_log_sources', {}, signal),
});

export const assigneesQuery = queryOptions({
  queryKey: logKeys.assignees(),
  queryFn: ({ signal }) => callRpc('list_ticket_assignees', {}, signal),
  staleTime: 60_000,
});

/** Tickets about a licence that are not over. */
export const useOpenTickets = (licenseId: () => string) =>
  useQuery({
    queryKey: computed(() => logKeys.tickets(licenseId())),
    queryFn: ({ signal }) =>
      callRpc(
        'search_tickets',
        {
          license_id: licenseId(),
          folder: 'all',
          statuses: ['open', 'in_progress', 'waiting'],
          sort: 'created_at',
          page_size: 5,
        },
        signal,
      ),
  });

interface LogTicket {
  license_id: string;
  subject: string;
  note: string;
  key: string;
}
/** A ticket of the licence's customer, and what the log says as a note that the customer never reads. */
export function useCreateLogTicket() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ license_id, subject, note, key }: LogTicket) => {
      const ticket = await callRpc('create_ticket', { license_id, subject, idempotency_key: key });
      await callRpc('reply_ticket', {
        ticket_number: ticket.number,
        kind: 'note',
        body: note,
        idempotency_key: `${key} note`,
      });
      return ticket;
    },
    onSuccess: ({ license_id }) =>
      Promise.all([
        client.invalidateQueries({ queryKey: logKeys.tickets(license_id ?? '') }),
        client.invalidateQueries({ queryKey: ['tickets'] }),
      ]),
  });
}
