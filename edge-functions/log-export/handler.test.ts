import { describe, expect, it } from 'vitest';
import { ApiError } from '../_shared/errors.ts';
import { createHandler, type Dependencies, type ExportQueue, type Part } from './handler.ts';
import { createPartStore, type PartStore } from './store.ts';

const id = '0f1e2d3c-0000-4000-8000-000000000001';
const encoder = new TextEncoder();

/** A store that is a map. */
function memory() {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  const reads: string[] = [];
  const store: PartStore = {
    put: async (object, bytes) => void objects.set(object, bytes),
    async read(object, first, last) {
      reads.push(`${object} ${first}-${last}`);
      const bytes = objects.get(object);
      if (!bytes) throw new Error(`no ${object}`);
      return (async function* () {
        // In chunks of two bytes: nothing may hang on how they are cut.
        for (let at = first; at <= last && at < bytes.length; at += 2)
          yield bytes.slice(at, Math.min(at + 2, last + 1)) as Uint8Array<ArrayBuffer>;
      })();
    },
    remove: async (names) => names.forEach((name) => objects.delete(name)),
  };
  return { objects, reads, store };
}

/** One export of so many parts, as the database would hand it out. */
function exportOf(contents: string[]) {
  const told: string[] = [];
  let [kept, run, isClaimed] = [0, 0, false];
  const queue: ExportQueue = {
    async claim() {
      if (isClaimed || kept === contents.length) return null;
      isClaimed = true;
      return { id, run: ++run };
    },
    async write(_id, of) {
      if (of !== run) return null;
      const content = contents[kept]!;
      return { number: kept + 1, object: `${id}/${kept + 1}-${of}`, bytes: encoder.encode(content).length, content };
    },
    async keep(_id, of, number) {
      if (of !== run || number !== kept + 1) return 'over';
      told.push(`keep ${number}`);
      kept += 1;
      return kept === contents.length ? 'done' : 'more';
    },
    async leave(_id, _run, failure) {
      told.push(`leave ${failure ?? ''}`.trim());
      isClaimed = false;
    },
    unwanted: async () => [],
  };
  return { queue, told, die: () => void (isClaimed = false) };
}

function world(given: Partial<Dependencies> & Pick<Dependencies, 'queue' | 'store'>) {
  const handler = createHandler({
    open: () => Promise.reject(new ApiError('log_export_link_gone', 'gone')),
    cronSecret: 'cron',
    now: () => new Date(0),
    log: () => undefined,
    ...given,
  });
  const work = async (secret = 'cron') => {
    const response = await handler(
      new Request('http://f/log-export', { method: 'POST', headers: { 'x-cron-secret': secret } }),
    );
    return [response.status, await response.json()];
  };
  const get = (headers: Record<string, string> = {}, search = `id=${id}&token=t`, method = 'GET') =>
    handler(new Request(`http://f/log-export?${search}`, { method, headers }));
  return { work, get, handler };
}

describe('making', () => {
  it('stores each part, then says so, to the end', async () => {
    const { objects, store } = memory();
    const { queue, told } = exportOf(['é;a\r\n', 'b\r\n']);
    expect(await world({ queue, store }).work()).toEqual([200, { parts: 2, done: 1, failed: 0, removed: 0 }]);
    expect([...objects.keys()]).toEqual([`${id}/1-1`, `${id}/2-1`]);
    expect(told).toEqual(['keep 1', 'keep 2']);
  });

  it('stores nothing for a stretch without lines', async () => {
    const { objects, store } = memory();
    const { queue } = exportOf(['', 'b\n']);
    expect(await world({ queue, store }).work()).toEqual([200, { parts: 1, done: 1, failed: 0, removed: 0 }]);
    expect(objects.size).toBe(1);
  });

  it('killed between storing and saying so, the next worker stores that part again', async () => {
    const { objects, store } = memory();
    const { queue, told, die } = exportOf(['a\n', 'b\n']);
    await new Promise<void>((killed) => {
      const keep = () => new Promise<never>(() => killed());
      void world({ queue: { ...queue, keep }, store }).work();
    });
    die();
    expect(await world({ queue, store }).work()).toEqual([200, { parts: 2, done: 1, failed: 0, removed: 0 }]);
    expect([...objects.keys()]).toEqual([`${id}/1-1`, `${id}/1-2`, `${id}/2-2`]);
    expect(told).toEqual(['keep 1', 'keep 2']);
  });

  it('keeps nothing that Storage refused, and lets it go for now', async () => {
    const { queue, told } = exportOf(['a\n']);
    const store = { ...memory().store, put: () => Promise.reject(new Error('507')) };
    // Its turn comes later: the database gives it to nobody before.
    let claims = 0;
    const once = { ...queue, claim: async () => (claims++ ? null : queue.claim()) };
    expect(await world({ queue: once, store }).work()).toEqual([200, { parts: 0, done: 0, failed: 1, removed: 0 }]);
    expect(told).toEqual(['leave storage_refused']);
  });

  it('keeps nothing whose bytes are not those the database counted', async () => {
    const { objects, store } = memory();
    const { queue, told } = exportOf(['a\n']);
    let claims = 0;
    const wrong: ExportQueue = {
      ...queue,
      claim: async () => (claims++ ? null : queue.claim()),
      write: async (...args) => ({ ...((await queue.write(...args)) as Part), bytes: 9 }),
    };
    expect(await world({ queue: wrong, store }).work()).toMatchObject([200, { failed: 1 }]);
    expect([objects.size, told]).toEqual([0, ['leave storage_refused']]);
  });

  it('stops when its run is over', async () => {
    const { objects, store } = memory();
    const { queue, told } = exportOf(['a\n', 'b\n']);
    const over: ExportQueue = { ...queue, keep: async () => 'over' };
    let claims = 0;
    const once = { ...over, claim: async () => (claims++ ? null : queue.claim()) };
    expect(await world({ queue: once, store }).work()).toEqual([200, { parts: 1, done: 0, failed: 0, removed: 0 }]);
    expect([objects.size, told]).toEqual([1, []]);
  });

  it('lets it go when the time is up, and the next call ends it', async () => {
    const { objects, store } = memory();
    const { queue, told } = exportOf(Array.from({ length: 3 }, (_, place) => `${place}\n`));
    let clock = 0;
    const now = () => new Date((clock += 9_000));
    const { work } = world({ queue, store, now });
    expect(await work()).toMatchObject([200, { done: 0 }]);
    expect(told.at(-1)).toBe('leave');
    await work();
    expect(told.filter((each) => each.startsWith('keep'))).toEqual(['keep 1', 'keep 2', 'keep 3']);
    expect(objects.size).toBe(3);
  });

  it('removes what nothing names any more', async () => {
    const { objects, store } = memory();
    objects.set('gone/1-1', encoder.encode('x'));
    const { queue } = exportOf([]);
    const answer = await world({ queue: { ...queue, unwanted: async () => ['gone/1-1'] }, store }).work();
    expect(answer).toEqual([200, { parts: 0, done: 0, failed: 0, removed: 1 }]);
    expect(objects.size).toBe(0);
  });

  it('is for the schedule alone', async () => {
    const { store } = memory();
    const { work, handler } = world({ queue: exportOf(['a']).queue, store });
    expect((await work('other'))[0]).toBe(401);
    expect((await handler(new Request('http://f/', { method: 'DELETE' }))).status).toBe(405);
  });
});

describe('a link', () => {
  const texts = ['\uFEFFat;é\r\n', 'un\r\n', 'deux\r\n'];
  const whole = encoder.encode(texts.join(''));
  function stored(format: 'csv' | 'ndjson' = 'csv') {
    const { objects, reads, store } = memory();
    const parts = texts.map((text, place) => {
      const bytes = encoder.encode(text);
      objects.set(`${id}/${place + 1}-1`, bytes);
      return { object: `${id}/${place + 1}-1`, bytes: bytes.length };
    });
    const opened: unknown[] = [];
    const open: Dependencies['open'] = async (...args) => {
      opened.push(args);
      return { format, name: `logs.${format}`, bytes: whole.length, parts };
    };
    return { ...world({ queue: exportOf([]).queue, store, open }), objects, reads, opened };
  }

  it('is the parts as one file that says how long it is', async () => {
    const { get, opened } = stored();
    const response = await get();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': String(whole.length),
      'content-disposition': 'attachment; filename="logs.csv"',
      'content-type': 'text/csv; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
    });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(whole);
    expect(opened).toEqual([[id, 't', false]]);
    expect((await stored('ndjson').get()).headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
  });

  it('goes on from any byte, reading no part before it', async () => {
    for (let from = 0; from < whole.length; from += 1) {
      const response = await stored().get({ range: `bytes=${from}-` });
      expect([response.status, response.headers.get('content-range')]).toEqual([
        206,
        `bytes ${from}-${whole.length - 1}/${whole.length}`,
      ]);
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(whole.slice(from));
    }
    const { get, reads, opened } = stored();
    await (await get({ range: `bytes=${whole.length - 2}-` })).arrayBuffer();
    expect(reads).toEqual([`${id}/3-1 4-5`]);
    expect(opened).toEqual([[id, 't', true]]);
    const middle = await stored().get({ range: 'bytes=3-8' });
    expect(new Uint8Array(await middle.arrayBuffer())).toEqual(whole.slice(3, 9));
  });

  it('answers the whole where a range is none or of another file, and 416 beyond the end', async () => {
    const { get } = stored();
    for (const headers of [
      { range: 'bytes=5-2' },
      { range: 'lines=1-' },
      { range: 'bytes=2-', 'if-range': '"another"' },
    ]) {
      const response = await get(headers as Record<string, string>);
      expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, whole.length]);
    }
    const etag = (await get()).headers.get('etag')!;
    expect((await get({ range: 'bytes=2-', 'if-range': etag })).status).toBe(206);
    const beyond = await get({ range: `bytes=${whole.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`]);
  });

  it('breaks off, rather than be whole and wrong, when a part is not what was kept', async () => {
    for (const bytes of ['u', 'un\r\nun\r\n']) {
      const { get, objects } = stored();
      objects.set(`${id}/2-1`, encoder.encode(bytes));
      if (bytes.length > 4) {
        // A longer one is read no further than it was.
        expect(new Uint8Array(await (await get()).arrayBuffer())).toEqual(whole);
      } else await expect((await get()).arrayBuffer()).rejects.toThrow('as long');
    }
  });

  it('tells its length without its bytes, and needs both of its halves', async () => {
    const { get, reads } = stored();
    const head = await get({}, undefined, 'HEAD');
    expect([head.status, head.headers.get('content-length'), reads.length]).toEqual([200, String(whole.length), 0]);
    expect((await get({}, 'token=t')).status).toBe(404);
    const gone = await world({ queue: exportOf([]).queue, store: memory().store }).get();
    expect([gone.status, ((await gone.json()) as { code: string }).code]).toEqual([404, 'log_export_link_gone']);
  });
});

describe('Storage', () => {
  const storeOf = (answer: (request: Request) => Response) => {
    const asked: Request[] = [];
    const store = createPartStore({
      supabaseUrl: 'http://s/',
      secretKey: 'key',
      fetch: async (input, init) => {
        asked.push(new Request(input, init));
        return answer(asked.at(-1)!);
      },
    });
    return { store, asked };
  };
  const textOf = async (chunks: AsyncIterable<Uint8Array>) => {
    let text = '';
    for await (const chunk of chunks) text += new TextDecoder().decode(chunk);
    return text;
  };

  it('is asked to replace, as bytes that nobody runs', async () => {
    const { store, asked } = storeOf(() => Response.json({ Id: '1', Key: 'x' }));
    await store.put('e/1-1', encoder.encode('a'));
    expect(asked[0]!.url).toBe('http://s/storage/v1/object/log-exports/e/1-1');
    expect(asked[0]!.headers.get('x-upsert')).toBe('true');
    expect(asked[0]!.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('may know no ranges', async () => {
    const { store } = storeOf(() => new Response('0123456789'));
    expect(await textOf(await store.read('e/1-1', 3, 6))).toBe('3456');
    const { store: knowing, asked } = storeOf(() => new Response('3456', { status: 206 }));
    expect(await textOf(await knowing.read('e/1-1', 3, 6))).toBe('3456');
    expect(asked[0]!.headers.get('range')).toBe('bytes=3-6');
  });

  it('that refuses is an error', async () => {
    const { store } = storeOf(() => Response.json({ statusCode: '507', message: 'full' }, { status: 400 }));
    await expect(store.put('e/1-1', encoder.encode('a'))).rejects.toThrow();
    await expect(store.read('e/1-1', 0, 1)).rejects.toThrow('400');
    await expect(store.remove(['e/1-1'])).rejects.toThrow();
  });
});
