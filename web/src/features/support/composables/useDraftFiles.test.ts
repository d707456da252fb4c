import { VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp, effectScope, type EffectScope, ref } from 'vue';
import { ApiFailure, mockApi, type ApiCall } from '@/test/api.ts';
import { ticketDetails } from '../test-data.ts';
import type { WritingKind } from '../types.ts';
import { useDraftFiles } from './useDraftFiles.ts';

const FUNCTION = 'POST /functions/v1/ticket-attachments';
const fileOf = (name: string, size = 5, status = 'pending') => ({
  id: `id-${name}`,
  message_id: null,
  note_id: null,
  draft_kind: 'public' as WritingKind,
  uploaded_by: 'u1',
  name,
  size,
  status,
  content_type: status === 'ready' ? 'application/octet-stream' : null,
  refusal: null,
  created_at: '2026-11-28T10:00:00Z',
});

/** Requests that put bytes somewhere; each is answered by hand. */
class Put {
  static all: Put[] = [];
  upload: { onprogress?: (event: object) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  status = 0;
  responseText = '';
  url = '';
  open(_: string, url: string) {
    this.url = url;
    Put.all.push(this);
  }
  setRequestHeader() {}
  send() {}
  abort() {
    this.onabort?.();
  }
  async answer(status: number, text = '') {
    Object.assign(this, { status, responseText: text });
    this.onload?.();
    await flushPromises();
  }
}

let scope: EffectScope;
let calls: ApiCall[];
let refusal: ApiFailure | null;
const kind = ref<WritingKind>('public');
const start = (attachments: unknown[] = []) => {
  const app = createApp({});
  app.use(VueQueryPlugin);
  const ticket = { ...ticketDetails(), attachments } as never;
  return app.runWithContext(() => scope.run(() => useDraftFiles(() => ticket, kind))!);
};
const file = (name: string, content = 'hello') => new File([content], name);

beforeEach(() => {
  scope = effectScope();
  Put.all = [];
  refusal = null;
  kind.value = 'public';
  vi.stubGlobal('XMLHttpRequest', Put);
  calls = mockApi({
    [FUNCTION]: (body) => {
      if (refusal) return refusal;
      const { action, files = [], ids = [] } = body as { action: string; files?: { name: string }[]; ids?: string[] };
      return action === 'prepare'
        ? { uploads: files.map(({ name }) => ({ ...fileOf(name), url: `http://api/${name}` })) }
        : { attachments: ids.map((id) => fileOf(id.slice(3), 5, 'ready')) };
    },
    'POST /rest/v1/rpc/remove_ticket_attachment': () => true,
  });
});
afterEach(async () => {
  await flushPromises();
  scope.stop();
  vi.unstubAllGlobals();
});

describe('a file of the draft', () => {
  it('is announced, sent with its progress, checked, and then the database’s', async () => {
    const { files, isBusy, add } = start();
    add([file('a.log')]);
    await flushPromises();
    expect([Put.all[0]!.url, isBusy.value]).toEqual(['http://api/a.log', true]);
    Put.all[0]!.upload.onprogress!({ loaded: 1, total: 4 });
    expect(files.value[0]).toMatchObject({ state: 'sending', progress: 0.25 });
    await Put.all[0]!.answer(200);
    expect(calls.map(({ body }) => (body as { action: string }).action)).toEqual(['prepare', 'check']);
    expect([files.value.length, isBusy.value]).toEqual([0, false]);
  });

  it('that was cut off is sent again to the same place; what had arrived is not an error', async () => {
    const { files, add, retry, canRetry } = start();
    add([file('a.log')]);
    await flushPromises();
    Put.all[0]!.onerror!();
    await flushPromises();
    const [failed] = files.value;
    expect([failed!.state, canRetry(failed!.key)]).toEqual(['failed', true]);
    retry(failed!.key);
    await flushPromises();
    await Put.all[1]!.answer(400, '{"statusCode":"409","error":"Duplicate"}');
    expect(calls.map(({ body }) => (body as { action: string }).action)).toEqual(['prepare', 'check']);
    expect(files.value).toEqual([]);
  });

  it('that cannot be taken says so before a byte is sent, and stops no other', async () => {
    const { files, add, canRetry } = start();
    const huge = Object.defineProperty(file('gros.zip'), 'size', { value: 20 * 1024 * 1024 + 1 });
    add([file('vide.txt', ''), huge, file('bon.txt')]);
    await flushPromises();
    expect(files.value.map(({ name, state }) => [name, state])).toEqual([
      ['vide.txt', 'failed'],
      ['gros.zip', 'failed'],
      ['bon.txt', 'sending'],
    ]);
    expect(files.value.map(({ error }) => (error as { code: string } | null)?.code)).toEqual([
      'invalid_ticket_attachment',
      'ticket_attachment_too_large',
      undefined,
    ]);
    expect([canRetry(files.value[0]!.key), calls.length]).toEqual([false, 1]);
    add(Array.from({ length: 10 }, (_, index) => file(`${index}`)));
    expect(files.value.at(-1)!.error).toMatchObject({ code: 'too_many_ticket_attachments' });
    expect(files.value.filter(({ state }) => state === 'sending')).toHaveLength(10);
  });

  it('refused by the server shows why, and may be tried again', async () => {
    refusal = new ApiFailure(409, { code: 'ticket_merged', message: 'x', details: null });
    const { files, add, canRetry } = start();
    add([file('a.log')]);
    await flushPromises();
    expect(files.value[0]).toMatchObject({ state: 'failed', error: { code: 'ticket_merged' } });
    expect(canRetry(files.value[0]!.key)).toBe(true);
  });

  it('is taken out while it travels, and from the database once it is there', async () => {
    const { files, add, remove } = start([fileOf('dit.png', 5, 'ready')]);
    add([file('a.log')]);
    await flushPromises();
    expect(files.value.map(({ name }) => name)).toEqual(['dit.png', 'a.log']);
    await remove(files.value[1]!);
    expect(files.value.map(({ name }) => name)).toEqual(['dit.png']);
    expect(calls.at(-1)).toMatchObject({ body: { attachment_id: 'id-a.log' } });
  });

  it('taken out while it is announced is taken back from the database too', async () => {
    const { files, add, remove } = start();
    add([file('a.log')]);
    await remove(files.value[0]!);
    await flushPromises();
    expect([files.value.length, Put.all.length]).toEqual([0, 0]);
    expect(calls.at(-1)).toMatchObject({ body: { attachment_id: 'id-a.log' } });
  });

  it('belongs to the answer or to the note, whichever was written', async () => {
    const { files, add } = start();
    add([file('a.log')]);
    kind.value = 'note';
    expect(files.value).toEqual([]);
  });

  it('pasted twice has two names', async () => {
    const { files, add } = start();
    add([file('image.png')], new Date('2026-11-28T10:00:00Z'));
    add([file('image.png')], new Date('2026-11-28T10:00:07Z'));
    const names = files.value.map(({ name }) => name);
    expect(new Set(names).size).toBe(2);
    expect(names[0]).toMatch(/^image-2026-11-28-\d\d-00-00\.png$/);
  });
});
