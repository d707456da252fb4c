import postgres, { type Sql } from 'postgres';
import { factsOf, type HomeConfig, type HomeLocation, loadConfig } from './config.ts';
import { checkConsole, type ConsoleServer, startConsole } from './console.ts';
import type { DemoAccount } from './definition.ts';
import { createContext, type GatewayContext } from './gateway/context.ts';
import { startCron } from './gateway/cron/cron.ts';
import { functionSecrets, keepVaultSecrets } from './gateway/functions/secrets.ts';
import { type ApiKeys, loadKeys } from './gateway/keys.ts';
import { otherMigrations } from './errors.ts';
import { createGateway } from './gateway/server.ts';
import { acquireLock } from './lock.ts';
import { createLogger } from './logger.ts';
import { createParts } from './parts.ts';
import { bootstrap } from './postgres/bootstrap.ts';
import { migrate } from './postgres/migrate.ts';
import { compareMigrations, readMigrations } from './postgres/migrations.ts';
import { reconnectSoon } from './postgres/reconnect.ts';
import { startPostgres } from './postgres/server.ts';
import { assertPortFree, outliveStrays, silenceTelemetry } from './process.ts';
import { announce, partsOf } from './running.ts';
import { needsSeed, readAccounts, seed } from './seeding.ts';
import { startStandIns } from './stand-ins/start.ts';
import { startStudio } from './studio/server.ts';

export interface HomeOptions extends HomeLocation {
  /** `production` serves a build, as it is deployed. Default true (development server). */
  console?: boolean | 'production';
  seed?: boolean;
  functions?: boolean;
  studio?: boolean;
  /** Shows neither progress nor warnings. */
  quiet?: boolean;
  /** The process is the home's alone: an error that nobody caught is logged, and the home goes on. */
  ownProcess?: boolean;
  /** Ends the start between two steps. */
  signal?: AbortSignal;
}

export interface Home {
  config: HomeConfig;
  keys: ApiKeys;
  /** Made by the seed. */
  accounts: DemoAccount[];
  context: GatewayContext;
  sql: Sql;
  /** Processes that run now, for who watches or kills them. */
  processes(): { postgres: number; console?: number; functions: Record<string, number> };
  stop(): Promise<void>;
}

type Stop = () => Promise<unknown> | void;

/** Starts the whole home in this process, with PostgreSQL, Deno and the console as its children. */
export async function startHome(options: HomeOptions = {}): Promise<Home> {
  silenceTelemetry();
  const config = loadConfig(options);
  const stops: Stop[] = [];
  const stop = stopInReverse(stops);
  try {
    stops.push(acquireLock(config.dataDir));
    return await startParts(config, options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  config: HomeConfig,
  options: HomeOptions,
  stops: Stop[],
  stop: () => Promise<void>,
): Promise<Home> {
  const quiet = options.quiet ?? false;
  const step = createProgress(quiet, options.signal);
  const log = createLogger(config.dataDir, quiet);
  if (options.ownProcess) stops.push(outliveStrays(log.error));
  if (config.project.ignoredKeys.length > 0)
    log.warn('config.toml asks for what this home does not play', { ignored: config.project.ignoredKeys.join(', ') });
  await checkPorts(config, options);
  const web = (options.console ?? true) ? config.definition.console : undefined;
  if (web) await checkConsole(config, web, log);

  const server = await step('Starting PostgreSQL', () =>
    startPostgres({ dataDir: config.dataDir, port: config.ports.db, report: log.error }),
  );
  stops.push(() => server.stop());
  const sql = postgres(config.db.adminUrl, {
    max: 20,
    onnotice: () => undefined,
    connection: { TimeZone: 'UTC' },
    ...reconnectSoon,
  });
  stops.push(() => sql.end({ timeout: 5 }));
  await step('Preparing the database', () => bootstrap(config.db.adminUrl));
  const state = await compareMigrations(sql, readMigrations(config.projectFolder));
  if (state === 'other') throw otherMigrations(config.dataDir);
  if (state !== 'current') await step('Applying migrations', () => migrate(config.db.url, config.projectFolder));

  const keys = await loadKeys(config.dataDir, config.project.auth.signingKeysPath);
  const secrets = functionSecrets(config, keys);
  await keepVaultSecrets(sql, config.definition.vault(factsOf(config, keys), secrets));
  const standIns = await startStandIns(config, keys, secrets);
  stops.push(() => standIns.stop());
  const context = createContext({ config, sql, keys, log, mail: standIns.mailbox.deliver });

  const parts = await createParts(context, options.functions ?? true);
  await step('Starting the API', async () => {
    const gateway = createGateway(context, parts);
    stops.push(() => gateway.stop());
    await gateway.listen();
  });
  if ((options.seed ?? true) && needsSeed(config))
    await step('Making demo data (first start only)', () => seed(config, keys, secrets));
  const cron = await startCron({ sql, urls: config.db, log });
  stops.push(() => cron.stop());
  if (options.studio ?? true) {
    const studio = await startStudio(context);
    stops.push(() => studio.stop());
  }
  let served: ConsoleServer | undefined;
  if (web) {
    const mode = options.console === 'production' ? 'production' : 'dev';
    served = await step(mode === 'dev' ? 'Starting the console' : 'Building the console', () =>
      startConsole(config, web, keys, mode, log),
    );
    stops.push(served.stop);
  }
  options.signal?.throwIfAborted();
  stops.push(announce(config, keys, shownParts(config, options)));
  const accounts = readAccounts(config.dataDir, config.definition);
  const processes = () => ({
    postgres: server.pid,
    ...(served ? { console: served.pid } : {}),
    functions: parts.functions?.processes() ?? {},
  });
  return { config, keys, accounts, context, sql, processes, stop };
}

function stopInReverse(stops: Stop[]): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const run = async () => {
    const failures: unknown[] = [];
    for (const stop of stops.reverse()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some parts of the home did not stop cleanly');
  };
  return () => (stopping ??= run());
}

/** Before anything starts, so that a conflict is told at once. PostgreSQL checks its own, after ending an orphan. */
async function checkPorts({ ports, definition }: HomeConfig, options: HomeOptions): Promise<void> {
  for (const name of shownParts({ definition }, options))
    if (name !== 'db') await assertPortFree(ports[name], definition.ports[name].label);
}

/** Those that were asked for. */
const shownParts = ({ definition }: Pick<HomeConfig, 'definition'>, options: HomeOptions) =>
  partsOf(definition).filter((name) => (name !== 'studio' && name !== 'console') || options[name] !== false);

function createProgress(quiet: boolean, signal?: AbortSignal) {
  return async function step<T>(label: string, run: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    if (quiet) return run();
    const start = performance.now();
    process.stdout.write(`  ${label} …`);
    try {
      const result = await run();
      process.stdout.write(` ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
      return result;
    } catch (error) {
      process.stdout.write(' failed\n');
      throw error;
    }
  };
}
