import { useQueryClient } from '@tanstack/vue-query';
import { computed, reactive, type Ref } from 'vue';
import { TICKET_FILES } from '@contracts/constants/tickets.ts';
import type { TicketAttachment } from '@contracts/rows/ticket.ts';
import { AppError } from '@/base/errors.ts';
import {
  checkFiles,
  named,
  type PreparedFile,
  prepareFiles,
  refusalOf,
  removeFile,
  upload,
  type Upload,
} from '../files.ts';
import { ticketKeys } from '../queries.ts';
import type { TicketDetails, WritingKind } from '../types.ts';

/** A file of the draft: on its way, there, or stopped with its reason. */
export interface DraftFile {
  key: string;
  id: string | null;
  name: string;
  size: number;
  kind: WritingKind;
  /** 0 to 1 while its bytes travel. */
  progress: number;
  /** `elsewhere`: announced, and sent from another tab, or cut off when the tab was closed. */
  state: 'sending' | 'checking' | 'ready' | 'elsewhere' | 'failed';
  error: unknown;
}

interface Job extends DraftFile {
  file: File;
  prepared: PreparedFile | null;
  running: Upload | null;
}

/**
 * The files of what is being written in one ticket: announced to the database, sent, read there, and gone with the
 * message. One that fails says why, can be sent again, and stops no other.
 */
export function useDraftFiles(ticket: () => TicketDetails, kind: Ref<WritingKind>) {
  const client = useQueryClient();
  const jobs = reactive<Job[]>([]);
  const refresh = () => client.invalidateQueries({ queryKey: ticketKeys.detail(ticket().number) });

  const known = computed<DraftFile[]>(() =>
    ticket()
      .attachments.filter((file) => file.draft_kind !== null && !jobs.some((job) => isOf(job, file)))
      .map((file) => ({ ...asDraft(file), kind: file.draft_kind! })),
  );
  const files = computed<DraftFile[]>(() => [...known.value, ...jobs].filter((file) => file.kind === kind.value));

  async function send(job: Job): Promise<void> {
    Object.assign(job, { state: 'sending', progress: 0, error: null });
    try {
      job.prepared ??= (await prepareFiles(ticket().number, job.kind, [job.file]))[0]!;
      job.id = job.prepared.id;
      // Taken out meanwhile.
      if (!jobs.includes(job)) return void (await removeFile(job.id));
      job.running = upload(job.prepared.url, job.file, (share) => (job.progress = share));
      await job.running.done;
      job.state = 'checking';
      const { attachments } = await checkFiles([job.id]);
      // Shown from here on as the database has it.
      client.setQueryData<TicketDetails>(
        ticketKeys.detail(ticket().number),
        (old) => old && { ...old, attachments: [...old.attachments.filter(({ id }) => id !== job.id), ...attachments] },
      );
      forget(job.key);
      await refresh();
    } catch (error) {
      if (jobs.includes(job)) Object.assign(job, { state: 'failed', error });
    } finally {
      job.running = null;
    }
  }
  const forget = (key: string) => {
    const at = jobs.findIndex((job) => job.key === key);
    if (at >= 0) jobs.splice(at, 1);
  };

  return {
    files,
    /** Whether something is still on its way: nothing is sent before. */
    isBusy: computed(() => files.value.some(({ state }) => state === 'sending' || state === 'checking')),
    /** Takes each that may be taken; the others say why not. */
    add(given: readonly File[], now = new Date()): void {
      for (const file of given) {
        const isOneTooMany = files.value.filter(({ state }) => state !== 'failed').length >= TICKET_FILES;
        const code = 'too_many_ticket_attachments';
        const error = isOneTooMany ? new AppError(code, { kind: 'function', code }) : refusalOf(file);
        jobs.push({
          key: crypto.randomUUID(),
          id: null,
          file: named(file, now),
          name: named(file, now).name,
          size: file.size,
          kind: kind.value,
          progress: 0,
          state: error ? 'failed' : 'sending',
          error,
          prepared: null,
          running: null,
        });
        if (!error) void send(jobs.at(-1)!);
      }
    },
    /** Whether it can be sent again from here: its bytes are at hand, and nothing speaks against it. */
    canRetry: (key: string) => jobs.some((job) => job.key === key && job.state === 'failed' && !refusalOf(job.file)),
    retry(key: string): void {
      const job = jobs.find((each) => each.key === key);
      if (job) void send(job);
    },
    async remove({ key, id }: Pick<DraftFile, 'key' | 'id'>): Promise<void> {
      jobs.find((job) => job.key === key)?.running?.abort();
      if (id) await removeFile(id);
      forget(key);
      if (id) await refresh();
    },
  };
}

/** Word of a file may come from the database before the answer that names it. */
const isOf = ({ id, file, prepared }: Job, known: TicketAttachment) =>
  id === known.id || (!prepared && known.status === 'pending' && known.size === file.size);

function asDraft(file: TicketAttachment): Omit<DraftFile, 'kind'> {
  const code = file.refusal === 'empty' ? 'invalid_ticket_attachment' : 'ticket_attachment_too_large';
  return {
    key: file.id,
    id: file.id,
    name: file.name,
    size: file.size,
    progress: 1,
    state: file.status === 'ready' ? 'ready' : file.status === 'pending' ? 'elsewhere' : 'failed',
    error: file.status === 'refused' ? new AppError(code, { kind: 'function', code }) : null,
  };
}
