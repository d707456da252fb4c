/**
 * Phoenix channel frames. Sources: realtime-js `lib/serializer.ts`, Phoenix `V1.JSONSerializer` and
 * `V2.JSONSerializer`.
 */
export type Vsn = '1.0.0' | '2.0.0';

export interface Address {
  joinRef: string | null;
  ref: string | null;
  topic: string;
  event: string;
}

export interface Frame extends Address {
  payload: Record<string, unknown>;
}

export interface BinaryBroadcast {
  topic: string;
  event: string;
  meta?: Record<string, unknown> | undefined;
  payload: Uint8Array;
}

export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const userBroadcastPush = 3;
const userBroadcast = 4;
const jsonEncoding = 1;
const binaryEncoding = 0;
const longestHeader = 255;

export function readVsn(text: string | null): Vsn | undefined {
  if (text === null || text === '1.0.0') return '1.0.0';
  return text === '2.0.0' ? '2.0.0' : undefined;
}

export function decodeFrame(vsn: Vsn, data: Buffer, isBinary: boolean): Frame {
  if (isBinary) return decodeBinary(vsn, data);
  const message: unknown = parse(data.toString('utf8'));
  if (vsn === '2.0.0') {
    if (!Array.isArray(message) || message.length !== 5) throw new FrameError('A frame must be an array of five');
    const [joinRef, ref, topic, event, payload] = message as unknown[];
    return frameOf(joinRef, ref, topic, event, payload);
  }
  if (!isObject(message)) throw new FrameError('A frame must be an object');
  return frameOf(message['join_ref'], message['ref'], message['topic'], message['event'], message['payload']);
}

function frameOf(joinRef: unknown, ref: unknown, topic: unknown, event: unknown, payload: unknown): Frame {
  if (typeof topic !== 'string' || typeof event !== 'string')
    throw new FrameError('A frame must have a topic and an event');
  return {
    joinRef: textOrNull(joinRef),
    ref: textOrNull(ref),
    topic,
    event,
    payload: isObject(payload) ? payload : {},
  };
}

/** Only pushes of user broadcasts are binary; their payload is JSON or bytes. */
function decodeBinary(vsn: Vsn, data: Buffer): Frame {
  if (vsn !== '2.0.0' || data[0] !== userBroadcastPush || data.length < 7)
    throw new FrameError('Unknown kind of binary frame');
  const lengths = [data[1]!, data[2]!, data[3]!, data[4]!, data[5]!];
  let offset = 7;
  const [joinRef, ref, topic, event, meta] = lengths.map((length) =>
    data.toString('utf8', offset, (offset += length)),
  ) as [string, string, string, string, string];
  if (offset > data.length) throw new FrameError('A binary frame is shorter than its header says');
  const bytes = data.subarray(offset);
  const payload = data[6] === jsonEncoding ? parse(bytes.toString('utf8')) : bytes;
  const rest = meta === '' ? {} : parse(meta);
  return {
    joinRef: joinRef || null,
    ref: ref || null,
    topic,
    event: 'broadcast',
    payload: { ...(isObject(rest) ? rest : {}), type: 'broadcast', event, payload },
  };
}

/** `payload` is JSON text, so that one text serves many receivers and numbers keep all their digits. */
export function encodeFrame(vsn: Vsn, { joinRef, ref, topic, event }: Address, payload: string): string {
  const [j, r, t, e] = [joinRef, ref, topic, event].map((part) => JSON.stringify(part));
  return vsn === '2.0.0'
    ? `[${j},${r},${t},${e},${payload}]`
    : `{"topic":${t},"event":${e},"payload":${payload},"ref":${r},"join_ref":${j}}`;
}

/** Undefined when a name does not fit the format. */
export function encodeBinaryBroadcast({ topic, event, meta, payload }: BinaryBroadcast): Buffer | undefined {
  const names = [topic, event, meta ? JSON.stringify(meta) : ''].map((text) => Buffer.from(text, 'utf8'));
  if (names.some(({ length }) => length > longestHeader)) return undefined;
  return Buffer.concat([
    Buffer.from([userBroadcast, ...names.map(({ length }) => length), binaryEncoding]),
    ...names,
    payload,
  ]);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const textOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FrameError('A frame must be JSON', { cause });
  }
}
