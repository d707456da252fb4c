import { describe, expect, it } from 'vitest';
import { contentTypeOf, createAttachmentStore } from './attachments.ts';

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)));
const png = bytes(
  [0x89],
  'PNG\r\n',
  [0x1a, 0x0a, 0, 0, 0, 13],
  'IHDR',
  Array<number>(17).fill(0),
  [0, 0, 0, 0],
  'IDAT',
);
const isoBox = (brand: string) => bytes([0, 0, 0, 24], `ftyp${brand}`, [0, 0, 0, 0], brand, 'mif1');

describe('contentTypeOf()', () => {
  it.each([
    ['image/png', png],
    ['image/jpeg', bytes([0xff, 0xd8, 0xff, 0xe0], 'JFIF')],
    ['image/gif', bytes('GIF89a', [1, 0, 1, 0])],
    ['image/webp', bytes('RIFF', [4, 0, 0, 0], 'WEBPVP8 ')],
    ['image/avif', isoBox('avif')],
  ])('shows %s', async (type, content) => expect(await contentTypeOf(content)).toBe(type));
  it.each([
    ['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
    ['SVG behind a prologue', bytes('<?xml version="1.0"?><svg onload="alert(1)"/>')],
    ['HTML', bytes('<!doctype html><script>alert(1)</script>')],
    ['XML', bytes('<?xml version="1.0"?><a/>')],
    ['HTML behind a byte order mark', bytes([0xef, 0xbb, 0xbf], '<html>')],
    ['PDF', bytes('%PDF-1.7')],
    ['a program', bytes('MZ', [0x90, 0, 3, 0])],
    ['a bitmap', bytes('BM', [0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0])],
    ['a TIFF', bytes('II*', [0, 8, 0, 0, 0])],
    ['an icon', bytes([0, 0, 1, 0])],
    ['the beginning of a PNG', png.subarray(0, 4)],
    ['nothing', bytes()],
    ['text', bytes('2026-11-28 10:00 ERROR QR code')],
  ])('only lets %s be downloaded', async (_, content) =>
    expect(await contentTypeOf(content)).toBe('application/octet-stream'),
  );
});

describe('createAttachmentStore()', () => {
  const storeOf = (answer: (url: URL, init: RequestInit) => Response) =>
    createAttachmentStore({
      supabaseUrl: 'http://kong:8000/',
      publicUrl: 'https://api.example/',
      secretKey: 'secret',
      fetch: async (url, init) => answer(new URL(String(url)), init ?? {}),
    });

  it('gives addresses the world can reach, saved under the file’s name', async () => {
    const store = storeOf((_, init) =>
      Response.json(
        (JSON.parse(String(init.body)) as { paths: string[] }).paths.map((path) => ({
          path,
          error: path === 'gone' ? 'not found' : null,
          signedURL: path === 'gone' ? null : `/object/sign/ticket-attachments/${path}?token=t`,
        })),
      ),
    );
    const links = await store.downloadAddresses([
      { id: 'a', name: 'reçu & co.pdf' },
      { id: 'gone', name: 'b' },
    ]);
    expect([...links]).toEqual([
      [
        'a',
        'https://api.example/storage/v1/object/sign/ticket-attachments/a?token=t&download=re%C3%A7u%20%26%20co.pdf',
      ],
    ]);
    expect((await store.downloadAddresses([])).size).toBe(0);
  });

  it('has no address for bytes that are there already', async () => {
    const duplicate = { statusCode: '409', error: 'Duplicate', message: 'The resource already exists' };
    expect(await storeOf(() => Response.json(duplicate, { status: 400 })).uploadAddress('a')).toBeNull();
    expect(await storeOf(() => Response.json(duplicate, { status: 409 })).uploadAddress('a')).toBeNull();
    await expect(storeOf(() => Response.json({}, { status: 503 })).uploadAddress('a')).rejects.toThrow();
    const signed = { url: '/object/upload/sign/ticket-attachments/a?token=t' };
    expect(await storeOf(() => Response.json(signed)).uploadAddress('a')).toEqual({
      url: 'https://api.example/storage/v1/object/upload/sign/ticket-attachments/a?token=t',
    });
  });

  it('reads no more than the first bytes of a large file, and knows how long it is', async () => {
    let cancelled = false;
    const store = storeOf(() => {
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(7)),
        cancel: () => void (cancelled = true),
      });
      return new Response(body, { headers: { 'content-length': String(20 * 1024 * 1024) } });
    });
    const { bytes: first, size } = (await store.sample('a'))!;
    expect([first.length, size, cancelled]).toEqual([4100, 20 * 1024 * 1024, true]);
  });

  it('counts what has no length, and tells absence from failure', async () => {
    expect(await storeOf(() => new Response('hello')).sample('a')).toMatchObject({ size: 5 });
    const missing = () => Response.json({ statusCode: '404', error: 'not_found' }, { status: 400 });
    expect(await storeOf(missing).sample('a')).toBeNull();
    expect(await storeOf(missing).read('a')).toBeNull();
    await expect(storeOf(() => new Response('', { status: 503 })).read('a')).rejects.toThrow('503');
  });
});
