import { WebSocket } from 'ws';
import type { Random } from './random.ts';
import { jsonValue, texts } from './values.ts';

const events = ['phx_join', 'phx_leave', 'access_token', 'broadcast', 'presence', 'heartbeat', 'postgres_changes', 'x'];

/** A frame of a wrong shape, or a right one of wrong values. */
function hostileFrame(random: Random): string | Buffer {
  const value = () => jsonValue(random);
  switch (random.below(6)) {
    case 0:
      return Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256)));
    case 1:
      // A push of a broadcast, with lengths that may lie.
      return Buffer.from([3, ...Array.from({ length: 6 }, () => random.below(12)), ...Buffer.from('1realtime:ab')]);
    case 2:
      return `[${Array.from({ length: random.below(7) }, value).join(',')}]`;
    case 3:
      return random.pick(['', 'x', '{', 'null', '{}', '[]', '7', value()]);
    default: {
      const topic = random.pick(['"realtime:a"', '"realtime:b"', '"realtime:"', '"phoenix"', value()]);
      return `[${random.pick(['"1"', value()])},"2",${topic},"${random.pick(events)}",${payload(random)}]`;
    }
  }
}

function payload(random: Random): string {
  const value = () => jsonValue(random);
  const filter = JSON.stringify(
    `${random.pick(['id', 'status', 'none'])}=${random.pick(['eq', 'is', 'in', 'match'])}.${random.pick(texts)}`,
  );
  const table = random.pick(['"licenses"', '"*"', value()]);
  const place = `"event":${value()},"schema":"public","table":${table}`;
  const binding = `{${place},"filter":${filter},"select":${value()}}`;
  return random.pick([
    value(),
    `{"config":${value()},"access_token":${value()}}`,
    `{"config":{"broadcast":${value()},"presence":${value()},"private":${value()},"postgres_changes":${value()}}}`,
    `{"config":{"private":true,"broadcast":{"replay":{"since":${value()},"limit":${value()}}}}}`,
    `{"config":{"presence":{"key":${value()},"enabled":true},"postgres_changes":[${binding}]}}`,
    `{"access_token":${value()}}`,
    `{"type":"broadcast","event":${value()},"payload":${value()}}`,
    `{"type":"presence","event":"track","payload":${value()}}`,
  ]);
}

/** Sends them over as many sockets as the server closes; ends when all are answered or refused. → frames sent */
export async function sendFrames(random: Random, url: string, count: number): Promise<number> {
  let sent = 0;
  while (sent < count) {
    const socket = new WebSocket(`${url}&vsn=${random.pick(['1.0.0', '2.0.0', '2.0.0', '2.0.0'])}`);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    for (let n = 0; n < 20 && sent < count && socket.readyState === WebSocket.OPEN; n += 1, sent += 1) {
      socket.send(hostileFrame(random));
      // A closed socket is seen between two turns only.
      await new Promise(setImmediate);
    }
    socket.close();
    await closed;
  }
  return sent;
}
