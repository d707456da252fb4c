import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callRpc, unwrap } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';
import { usePagedQuery } from '@/shared/list/usePagedQuery.ts';
import { NOBODY, type TicketFilters, type WritingKind } from './types.ts';

export const ticketKeys = {
  all: ['tickets'] as const,
  lists: () => [...ticketKeys.all, 'list'] as const,
  list: (filters: TicketFilters) => [...ticketKeys.lists(), filters] as const,
  of: (subject: TicketSubject) => [...ticketKeys.lists(), subject] as const,
  counts: () => [...ticketKeys.all, 'counts'] as const,
  details: () => [...ticketKeys.all, 'detail'] as const,
  detail: (number: number) => [...ticketKeys.details(), number] as const,
};

export type TicketSubject = { customer_id: string } | { license_id: string };

export const searchArguments = (filters: TicketFilters): RpcArgs<'search_tickets'> => ({
  ...(filters.q.trim() ? { query: filters.q.trim() } : {}),
  folder: filters.folder,
  ...(filters.priority.length ? { priorities: filters.priority } : {}),
  ...(filters.status.length ? { statuses: filters.status } : {}),
  ...(filters.assignee === NOBODY ? { is_assigned: false } : filters.assignee ? { assigned_to: filters.assignee } : {}),
  ...(filters.from ? { created_from: filters.from } : {}),
  ...(filters.to ? { created_to: filters.to } : {}),
  ...(filters.tag ? { tags: [filters.tag] } : {}),
  ...(filters.answered ? { is_answered: filters.answered === 'yes' } : {}),
  ...(filters.breached ? { breached: filters.breached } : {}),
  // Who looks for words wants the best place of them first.
  sort: filters.q.trim() && filters.sort === 'last_message_at' ? 'relevance' : filters.sort,
  descending: filters.desc,
  page: filters.page,
  page_size: filters.size,
});

export const searchTickets = (filters: TicketFilters, signal?: AbortSignal) =>
  callRpc('search_tickets', searchArguments(filters), signal);

export const useTicketList = (filters: Ref<TicketFilters>) => usePagedQuery(filters, ticketKeys.list, searchTickets);

export const useFolderCounts = () =>
  useQuery({ queryKey: ticketKeys.counts(), queryFn: ({ signal }) => callRpc('count_ticket_folders', {}, signal) });

export const useTicket = (number: () => number) =>
  useQuery({
    queryKey: computed(() => ticketKeys.detail(number())),
    queryFn: ({ signal }) => callRpc('get_ticket', { ticket_number: number() }, signal),
  });

const SUBJECT_TICKETS = 50;

/** The tickets of one customer or about one licence, the newest first. */
export const useSubjectTickets = (subject: () => TicketSubject) =>
  useQuery({
    queryKey: computed(() => ticketKeys.of(subject())),
    queryFn: ({ signal }) =>
      callRpc('search_tickets', { ...subject(), sort: 'created_at', page_size: SUBJECT_TICKETS }, signal),
  });

/** Whom a ticket would be about, for the words of templates. */
export const addresseeQuery = (subject: TicketSubject) =>
  queryOptions({
    queryKey: [...ticketKeys.all, 'addressee', subject],
    queryFn: async ({ signal }) => {
      if ('license_id' in subject) {
        const license = await callRpc('get_license', subject, signal);
        return { customer: license.customer, license };
      }
      const customer = await callRpc('get_customer', subject, signal);
      // Of several licences nobody knows which is meant.
      return { customer, license: customer.licenses.length === 1 ? customer.licenses[0]! : null };
    },
    staleTime: 60_000,
  });

export const assigneesQuery = queryOptions({
  queryKey: [...ticketKeys.all, 'assignees'],
  queryFn: ({ signal }) => callRpc('list_ticket_assignees', {}, signal),
  staleTime: 60_000,
});

type TicketAct =
  | 'create_ticket'
  | 'update_ticket'
  | 'merge_tickets'
  | 'confirm_ticket_sender'
  | 'accept_ticket_sender'
  | 'retry_ticket_mail';

/** An act on tickets; every list, count and ticket on screen is read again. */
function useTicketAct<Name extends TicketAct>(name: Name) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<Name>) => callRpc(name, input),
    onSuccess: () => client.invalidateQueries({ queryKey: ticketKeys.all }),
  });
}
export const useCreateTicket = () => useTicketAct('create_ticket');
export const useUpdateTicket = () => useTicketAct('update_ticket');
export const useMergeTickets = () => useTicketAct('merge_tickets');
export const useConfirmSender = () => useTicketAct('confirm_ticket_sender');
export const useAcceptSender = () => useTicketAct('accept_ticket_sender');
export const useRetryMail = () => useTicketAct('retry_ticket_mail');

/** Hands a mail over as it came; its name says that it is for a mail program. */
export async function downloadOriginal({ id }: { id: string }): Promise<void> {
  const { content } = await callRpc('get_original_mail', { message_id: id });
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const { download } = await import('@/shared/export/export.ts');
  download(new Blob([bytes], { type: 'application/octet-stream' }), `mail-${id.slice(0, 8)}.eml`);
}

export function useReplyTicket() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<'reply_ticket'>) => callRpc('reply_ticket', input),
    onSettled: () => client.invalidateQueries({ queryKey: ticketKeys.all }),
  });
}

export function useUndoReply() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<'undo_ticket_reply'>) => callRpc('undo_ticket_reply', input),
    onSettled: () => client.invalidateQueries({ queryKey: ticketKeys.all }),
  });
}

/** Does the same to several tickets, one after the other: one that is refused never stops the rest. */
async function toEach(numbers: readonly number[], act: (ticket_number: number) => Promise<unknown>) {
  const refused: { number: number; error: unknown }[] = [];
  for (const number of numbers) await act(number).catch((error: unknown) => refused.push({ number, error }));
  return { changed: numbers.length - refused.length, refused };
}

export function useUpdateTickets() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ numbers, changes }: { numbers: number[]; changes: RpcArgs<'update_ticket'>['changes'] }) =>
      toEach(numbers, (ticket_number) => callRpc('update_ticket', { ticket_number, changes })),
    onSettled: () => client.invalidateQueries({ queryKey: ticketKeys.all }),
  });
}

export function useMergeSeveral() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ numbers, into_number }: { numbers: number[]; into_number: number }) =>
      toEach(numbers, (ticket_number) => callRpc('merge_tickets', { ticket_number, into_number })),
    onSettled: () => client.invalidateQueries({ queryKey: ticketKeys.all }),
  });
}

/** Until now everything in the ticket has been read. */
export const markTicketRead = (ticketId: string) =>
  unwrap(
    supabase
      .from('ticket_reads')
      .upsert({ ticket_id: ticketId, read_at: new Date().toISOString() }, { onConflict: 'ticket_id,user_id' })
      .select('ticket_id'),
  );

export const saveDraft = (ticketId: string, kind: WritingKind, body: string, seenMessageId: string | null) =>
  body
    ? unwrap(
        supabase
          .from('ticket_drafts')
          .upsert(
            { ticket_id: ticketId, kind, body, seen_message_id: seenMessageId },
            { onConflict: 'ticket_id,user_id,kind' },
          )
          .select('kind'),
      )
    : unwrap(supabase.from('ticket_drafts').delete().eq('ticket_id', ticketId).eq('kind', kind).select('kind'));
