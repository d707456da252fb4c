import { HomeError, notAnswering } from '../errors.ts';
import { startHome } from '../home.ts';
import { lockHolder } from '../lock.ts';
import { outliveOutput } from '../process.ts';
import { findRunning } from '../running.ts';
import { readCommand } from './project.ts';
import { summary } from './summary.ts';

const stopping = new AbortController();

outliveOutput();

/** A terminal that closes sends more than one: only a second Ctrl-C is impatience. */
function onSignal(signal: NodeJS.Signals): void {
  if (stopping.signal.aborted) {
    if (signal === 'SIGINT') process.exit(130);
    return;
  }
  process.stdout.write('\nStopping … (again to force)\n');
  stopping.abort(new HomeError('STOPPED', 'Stopped before it was ready'));
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

const fail = (error: unknown): never => {
  const isKnown = error instanceof HomeError;
  console.error(`\n${isKnown ? error.message : ((error as Error).stack ?? String(error))}\n`);
  return process.exit(isKnown && error.code === 'STOPPED' ? 130 : 1);
};

try {
  const start = performance.now();
  const { project, definition, production } = await readCommand();
  console.log(definition.title);
  const home = await startHome({
    project,
    console: production ? 'production' : true,
    ownProcess: true,
    signal: stopping.signal,
  });
  const running = await findRunning(home.config.dataDir);
  if (running) {
    const { addresses, answering } = running;
    console.log(`\n${summary({ addresses, answering, accounts: home.accounts, definition })}\n`);
  }
  console.log(
    `Ready in ${((performance.now() - start) / 1000).toFixed(1)} s. ` +
      `Data: ${home.config.dataDir}. Ctrl-C stops everything.`,
  );
  const asked = new Promise<undefined>((resolve) => {
    if (stopping.signal.aborted) resolve(undefined);
    stopping.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  await asked;
  await home.stop();
  console.log('Stopped; the data is kept.');
  process.exit(0);
} catch (error) {
  fail(await explain(error));
}

/** A home that holds the folder and does not answer is none to use. */
async function explain(error: unknown): Promise<unknown> {
  if (!(error instanceof HomeError) || error.code !== 'ALREADY_RUNNING') return error;
  const { dataDir } = await readCommand();
  const holder = lockHolder(dataDir);
  const running = await findRunning(dataDir);
  // Without its addresses it has not come up yet.
  return holder && running?.answering.api === false ? notAnswering(dataDir, holder.pid) : error;
}
