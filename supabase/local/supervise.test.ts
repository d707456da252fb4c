import { expect, test } from 'vitest';
import { type Running, supervise } from './supervise.ts';

/** A part whose end is at hand. */
function part() {
  let end: (how: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => (end = resolve));
  const running: Running = { ended, stop: async () => end('asked') };
  return { running, end };
}

function startsOf(...starts: Array<ReturnType<typeof part> | Error>) {
  const reported: string[] = [];
  let count = 0;
  const options = {
    name: 'It',
    delays: [0],
    report: (message: string) => void reported.push(message),
    start: async () => {
      const next = starts[count++]!;
      if (next instanceof Error) throw next;
      return next.running;
    },
  };
  return { options, reported, count: () => count };
}

test('what ends by itself is started again, as often as it takes', async () => {
  const [first, second] = [part(), part()];
  const { options, reported, count } = startsOf(first, new Error('no port'), new Error('no port'), second);
  const supervised = await supervise(options);
  first.end('SIGKILL');
  await expect.poll(() => supervised.current).toBe(second.running);
  expect(reported).toEqual([
    'It ended by itself (SIGKILL); it is started again',
    'It could not be started again: no port',
    'It could not be started again: no port',
  ]);
  await supervised.stop();
  expect(count()).toBe(4);
});

test('what is stopped stays stopped', async () => {
  const only = part();
  const { options, reported, count } = startsOf(only);
  const supervised = await supervise(options);
  await Promise.all([supervised.stop(), supervised.stop()]);
  expect([count(), reported]).toEqual([1, []]);
});

test('a stop during a wait ends the waiting', async () => {
  const first = part();
  const { options, count } = startsOf(first);
  const supervised = await supervise({ ...options, delays: [600_000] });
  first.end('exit code 1');
  await supervised.stop();
  expect(count()).toBe(1);
});

test('what came up while it was being stopped is stopped as well', async () => {
  const [first, second] = [part(), part()];
  let comeUp: () => void = () => undefined;
  const slow = new Promise<Running>((resolve) => (comeUp = () => resolve(second.running)));
  const starts = [Promise.resolve(first.running), slow];
  let asked: () => void = () => undefined;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const supervised = await supervise({
    name: 'It',
    delays: [0],
    report: () => undefined,
    start: () => {
      if (starts.length === 1) asked();
      return starts.shift()!;
    },
  });
  first.end('SIGKILL');
  await isAsked;
  const stopped = supervised.stop();
  comeUp();
  await stopped;
  expect(await second.running.ended).toBe('asked');
});

test('a first start that fails is the caller’s', async () => {
  await expect(supervise(startsOf(new Error('no folder')).options)).rejects.toThrow('no folder');
});
