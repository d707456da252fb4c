import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig, repositoryRoot } from '../../config.ts';
import { type TestCluster, useTestCluster } from '../../postgres/testing.ts';
import type { GatewayContext } from '../context.ts';
import { loadKeys } from '../keys.ts';
import { bundleFunctions } from './bundle.ts';
import { createFunctions, type FunctionsPart } from './host.ts';
import { functionEnvironment } from './secrets.ts';

const root = mkdtempSync(join(tmpdir(), 'home-bundles-'));
const own = loadConfig({ dataDir: root, portBase: 24_100 });
const names = own.project.functions.map(({ name }) => name);
const logged: string[] = [];
let cluster: TestCluster;
let part: FunctionsPart;
let server: Server;
let files: string[];

/** As a self-hosted project mounts them: each folder holds one file, and no import map stands beside it. */
beforeAll(async () => {
  cluster = useTestCluster();
  files = await bundleFunctions(own.project.functions, join(root, 'functions'));
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'), 'junction');
  const { dependencies } = JSON.parse(readFileSync(join(repositoryRoot, 'edge-functions', 'package.json'), 'utf8'));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies }));
  const config = { ...own, root, projectFolder: own.projectFolder, db: await cluster.createDatabase('migrated') };
  const record = (message: string) => void logged.push(message);
  part = createFunctions({ config, log: { info: record, warn: record, error: record } } as unknown as GatewayContext, {
    functions: names.map((name, index) => ({
      name,
      verifyJwt: false,
      entrypoint: files[index]!,
      importMap: undefined,
    })),
    environment: functionEnvironment(config, await loadKeys(cluster.dataDir)),
    watch: false,
  });
  server = createServer((request, response) => void part.handle(request, response, { ip: '198.51.100.7' }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await part?.stop();
  await cluster?.stop();
  rmSync(root, { recursive: true, force: true });
});

const get = (name: string) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/functions/v1/${name}`, {
    headers: { 'x-cron-secret': 'wrong' },
  });

describe('bundleFunctions()', () => {
  test.each(names)('%s is one file that imports packages alone, and boots', async (name) => {
    const source = readFileSync(join(root, 'functions', name, 'index.ts'), 'utf8');
    const imported = [...source.matchAll(/^\s*(?:import|export)\b[^'"()]*?["']([^"']+)["'];$/gm)].map(
      ([, from]) => from,
    );
    expect(imported).toContain('npm:postgres@3.4.9');
    expect(imported.filter((from) => !/^(npm:[\w@/-]+@\d+\.\d+\.\d+(\/\w+)?|node:\w+)$/.test(from!))).toEqual([]);
    const response = await get(name);
    expect(response.status, `${await response.text()} ${logged.join('\n')}`).toBeLessThan(500);
  });

  test('health answers for the database it was given', async () => {
    const response = await get('health');
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'ok' }]);
  });

  test('refuses what neither the import map nor a package answers for, and names it', async () => {
    const folder = join(root, 'broken');
    mkdirSync(folder);
    writeFileSync(join(folder, 'index.ts'), `import 'left-pad'; Deno.serve(() => new Response());`);
    const item = { name: 'broken', verifyJwt: false, entrypoint: join(folder, 'index.ts'), importMap: undefined };
    await expect(bundleFunctions([item], join(root, 'elsewhere'))).rejects.toMatchObject({
      code: 'BUNDLE_FAILED',
      message: expect.stringContaining('"left-pad", imported by broken'),
    });
  });
});
