import { expect, it } from 'vitest';
import Serializer from '../../../../node_modules/@supabase/realtime-js/src/lib/serializer.ts';
import { decodeFrame, encodeBinaryBroadcast, encodeFrame, FrameError, readVsn } from './protocol.ts';

const serializer = new Serializer();
const encode = (message: object): unknown => {
  let encoded: unknown;
  serializer.encode(message as never, (result) => (encoded = result));
  return encoded;
};

it('readVsn() takes 1.0.0 for granted and knows no other than 2.0.0', () => {
  expect([null, '1.0.0', '2.0.0', '3.0.0'].map(readVsn)).toEqual(['1.0.0', '1.0.0', '2.0.0', undefined]);
});

it('decodeFrame() reads both text forms', () => {
  const frame = { joinRef: '1', ref: '2', topic: 'realtime:a', event: 'e', payload: { x: 1 } };
  expect(decodeFrame('2.0.0', Buffer.from('["1","2","realtime:a","e",{"x":1}]'), false)).toEqual(frame);
  expect(
    decodeFrame(
      '1.0.0',
      Buffer.from('{"join_ref":"1","ref":"2","topic":"realtime:a","event":"e","payload":{"x":1}}'),
      false,
    ),
  ).toEqual(frame);
});

it('decodeFrame() reads a broadcast as realtime-js encodes it, with accents and emoji in names', () => {
  const bytes = encode({
    join_ref: '1',
    ref: '7',
    topic: 'realtime:été',
    event: 'broadcast',
    payload: { type: 'broadcast', event: '🎉', payload: { é: 1 }, persist: true },
  });
  expect(decodeFrame('2.0.0', Buffer.from(bytes as ArrayBuffer), true)).toEqual({
    joinRef: '1',
    ref: '7',
    topic: 'realtime:été',
    event: 'broadcast',
    payload: { type: 'broadcast', event: '🎉', payload: { é: 1 }, persist: true },
  });
});

it('decodeFrame() reads a broadcast of bytes', () => {
  const bytes = encode({
    topic: 'realtime:a',
    event: 'broadcast',
    payload: { event: 'e', payload: new Uint8Array([0, 255, 7]).buffer },
  });
  const { payload } = decodeFrame('2.0.0', Buffer.from(bytes as ArrayBuffer), true);
  expect([...(payload['payload'] as Uint8Array)]).toEqual([0, 255, 7]);
});

it('encodeBinaryBroadcast() writes what realtime-js decodes', () => {
  const bytes = encodeBinaryBroadcast({
    topic: 'realtime:été',
    event: 'e',
    meta: { id: 'x' },
    payload: Buffer.from([1, 2, 3]),
  })!;
  let decoded: Record<string, unknown> = {};
  serializer.decode(new Uint8Array(bytes).buffer, (message: Record<string, unknown>) => (decoded = message));
  expect(decoded).toMatchObject({
    topic: 'realtime:été',
    event: 'broadcast',
    payload: { event: 'e', meta: { id: 'x' } },
  });
  expect([...new Uint8Array((decoded['payload'] as { payload: ArrayBuffer }).payload)]).toEqual([1, 2, 3]);
});

it('encodeBinaryBroadcast() declines names longer than a byte can count', () => {
  expect(encodeBinaryBroadcast({ topic: 'x'.repeat(256), event: 'e', payload: Buffer.alloc(1) })).toBeUndefined();
});

it('encodeFrame() leaves numbers of a payload as they are', () => {
  const address = { joinRef: null, ref: '1', topic: 'realtime:a"b', event: 'e' };
  expect(encodeFrame('2.0.0', address, '{"id":9007199254740993}')).toBe(
    '[null,"1","realtime:a\\"b","e",{"id":9007199254740993}]',
  );
  expect(JSON.parse(encodeFrame('1.0.0', address, '{}'))).toEqual({
    topic: 'realtime:a"b',
    event: 'e',
    payload: {},
    ref: '1',
    join_ref: null,
  });
});

it.each([
  ['not JSON', '{', false],
  ['no array', '{"topic":"a","event":"b"}', false],
  ['too short', '["1","2","t"]', false],
  ['a number for a topic', '[null,null,1,"e",{}]', false],
  ['another binary kind', '\u0001aaaaaaaaaa', true],
  ['a header longer than the frame', '\u0003\u0060\u0060\u0060\u0060\u0060\u0001a', true],
])('decodeFrame() refuses %s', (_, text, isBinary) => {
  expect(() => decodeFrame('2.0.0', Buffer.from(text), isBinary)).toThrow(FrameError);
});

it('decodeFrame() refuses binary frames of protocol 1.0.0', () => {
  expect(() => decodeFrame('1.0.0', Buffer.from([3, 0, 0, 0, 0, 0, 1, 123, 125]), true)).toThrow(FrameError);
});
