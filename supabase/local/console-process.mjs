// The console in a process of its own, so that compiling pages never delays the API.
// Arguments: mode (check: read the configuration, no more | dev | build: build and serve | serve: what was built),
// folder of the Vite project, port, folder for the build, folder for what Vite keeps if that may not be the project's.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serveFiles } from './console-files.mjs';

const [mode, root, port, outDir, cacheDir] = process.argv.slice(2);

// Vite serves the workspace's files, and the data folder lies in it by default: keys, mails, database. The rest is
// Vite's own list.
const deny = ['.env', '.env.*', '*.{crt,pem}', '**/.git/**', '**/supabase/.local/**'];

async function serve() {
  const vite = createRequire(join(root, 'package.json')).resolve('vite');
  const { build, createServer, resolveConfig } = await import(pathToFileURL(vite).href);
  // Vite's usual way with a configuration in TypeScript is to write it as JavaScript beside the packages.
  const elsewhere = cacheDir ? { cacheDir, configLoader: 'runner' } : {};
  const shared = { root, configFile: join(root, 'vite.config.ts'), clearScreen: false, logLevel: 'warn', ...elsewhere };
  if (mode === 'check') return void (await resolveConfig(shared, 'serve'));
  if (mode === 'dev') {
    const address = { host: '127.0.0.1', port: Number(port), strictPort: true };
    const server = await createServer({ ...shared, server: { ...address, fs: { deny } } });
    await server.listen();
    return;
  }
  // What Vite would advise the author of the console tells nobody who starts it anything.
  if (mode === 'build') await build({ ...shared, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const server = serveFiles(outDir);
  await new Promise((resolve, reject) =>
    server.once('error', reject).listen(Number(port), '127.0.0.1', () => resolve(server.off('error', reject))),
  );
  server.on('error', (error) => console.error(error));
}

const deniedPath = (error) => (/^(?:EACCES|EPERM|EROFS)$/.test(error?.code) ? error.path : undefined);

// Plugins write types for who edits the console, when they please; who only serves it does not miss them.
process.on('unhandledRejection', (error) => {
  if (!cacheDir || !deniedPath(error)?.endsWith('.d.ts')) throw error;
});

try {
  await serve();
  process.send?.({ ready: true });
} catch (error) {
  process.send?.({ error: String(error?.stack ?? error), denied: deniedPath(error) });
}
process.once('disconnect', () => process.exit(0));
