import {
  type TicketAttachmentAction,
  ticketAttachmentActions,
  type TicketAttachmentsResponse,
} from '../../supabase/contracts/functions/ticket-attachments.ts';
import type { TicketAttachment } from '../../supabase/contracts/rows/ticket.ts';
import { check } from '../attachment-check/handler.ts';
import type { AttachmentStore } from '../_shared/attachments.ts';
import type { Handler } from '../_shared/http.ts';
import { type Authenticate, forStaff, type Staff } from '../_shared/staff.ts';

/** Every method but `settle` runs as that person: what he may have is the database's to say. */
export interface AttachmentDirectory {
  prepare(
    staff: Staff,
    ticketNumber: number,
    kind: 'public' | 'note',
    files: readonly { name: string; size: number }[],
  ): Promise<TicketAttachment[]>;
  /** Those of the files he may have. */
  readable(staff: Staff, ids: readonly string[]): Promise<TicketAttachment[]>;
  settle(id: string, size: number, contentType: string): Promise<void>;
}

export interface Dependencies {
  authenticate: Authenticate;
  directory: AttachmentDirectory;
  store: AttachmentStore;
  consoleUrl: string;
}

/**
 * POST `{action, …}` with a staff member's token at aal2 → 200.
 * prepare `{ticket_number, kind, files: [{name, size}]}` → `{uploads: [file with url]}`: announces files of a draft.
 * check `{ids}` → `{attachments: [file]}`: reads what has arrived of them. links `{ids}` → `{links: [{id, url}]}`: for
 * five minutes. 400 invalid_input, too_many_ticket_attachments; 401; 403; 404 ticket_not_found; 409 ticket_merged;
 * 413 ticket_attachment_too_large.
 */
export function createHandler(dependencies: Dependencies): Handler {
  return forStaff(dependencies, { schema: ticketAttachmentActions }, (staff, input) => act(dependencies, staff, input));
}

async function act(
  { directory, store }: Dependencies,
  staff: Staff,
  input: TicketAttachmentAction,
): Promise<TicketAttachmentsResponse> {
  switch (input.action) {
    case 'prepare': {
      const prepared = await directory.prepare(staff, input.ticket_number, input.kind, input.files);
      const uploads = prepared.map(async (file) => {
        const address = await store.uploadAddress(file.id);
        return address ? [{ ...file, ...address }] : [];
      });
      return { uploads: (await Promise.all(uploads)).flat() };
    }
    case 'check': {
      const waiting = (await directory.readable(staff, input.ids)).filter(({ status }) => status === 'pending');
      for (const { id } of waiting) await check(id, directory, store);
      return { attachments: await directory.readable(staff, input.ids) };
    }
    case 'links': {
      const ready = (await directory.readable(staff, input.ids)).filter(({ status }) => status === 'ready');
      return { links: [...(await store.downloadAddresses(ready))].map(([id, url]) => ({ id, url })) };
    }
  }
}
