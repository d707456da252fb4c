import type { TicketAttachment } from '@contracts/rows/ticket.ts';
import { TICKET_FILE_BYTES, ticketImageTypes } from '@contracts/constants/tickets.ts';
import { callFunction, callRpc } from '@/base/api.ts';
import { AppError } from '@/base/errors.ts';
import type { WritingKind } from './types.ts';

export type PreparedFile = TicketAttachment & { url: string };

const FUNCTION = 'ticket-attachments';

/** Announces files of one's draft; each comes back with the address its bytes go to. */
export const prepareFiles = async (number: number, kind: WritingKind, files: readonly File[]) => {
  const { uploads } = await callFunction<{ uploads: PreparedFile[] }>(FUNCTION, {
    action: 'prepare',
    ticket_number: number,
    kind,
    files: files.map(({ name, size }) => ({ name: name || 'file', size })),
  });
  return uploads;
};

export const checkFiles = (ids: readonly string[]) =>
  callFunction<{ attachments: TicketAttachment[] }>(FUNCTION, { action: 'check', ids });

/** Where a file is downloaded from, for five minutes; null when it is not to be had (any more). */
export const fileLink = async (id: string): Promise<string | null> => {
  const { links } = await callFunction<{ links: { id: string; url: string }[] }>(FUNCTION, {
    action: 'links',
    ids: [id],
  });
  return links[0]?.url ?? null;
};

export const removeFile = (id: string) => callRpc('remove_ticket_attachment', { attachment_id: id });

/** Why a file cannot be taken at all, said before a byte is sent. */
export function refusalOf({ size }: Pick<File, 'size'>): AppError | null {
  const code = size === 0 ? 'invalid_ticket_attachment' : size > TICKET_FILE_BYTES ? 'ticket_attachment_too_large' : '';
  return code ? new AppError(code, { kind: 'function', code }) : null;
}

export const isImage = ({ status, content_type }: TicketAttachment) =>
  status === 'ready' && (ticketImageTypes as readonly (string | null)[]).includes(content_type);

export interface Upload {
  /** Ends when the bytes are there; throws when they did not arrive. */
  done: Promise<void>;
  abort(): void;
}

/** Puts the bytes of a file where they belong; a request of the old kind, for only that tells how far it is. */
export function upload(url: string, file: Blob, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    const fail = () => reject(new AppError('The upload was cut', { kind: 'network', code: 'network' }));
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      // It had arrived before, and the answer was lost.
      const isThere = request.status === 409 || /"(?:statusCode":"409|error":"Duplicate)"/.test(request.responseText);
      if (request.status < 300 || isThere) resolve();
      else
        reject(
          new AppError(`Storage answered ${request.status}`, {
            kind: 'function',
            code: `http_${request.status}`,
            status: request.status,
          }),
        );
    };
    request.onerror = fail;
    request.onabort = fail;
    request.ontimeout = fail;
    request.open('PUT', url);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.send(file);
  });
  return { done, abort: () => request.abort() };
}

/** A picture pasted from the clipboard is called `image.png`, each of them: it is given the time as its name. */
export function named(file: File, now: Date): File {
  if (!/^image\.(?:png|jpe?g|gif|webp)$/i.test(file.name)) return file;
  const time = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  return new File([file], `image-${time.replace(/[T:]/g, '-')}${file.name.slice(5)}`, { type: file.type });
}
