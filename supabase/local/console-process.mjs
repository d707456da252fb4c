// The console in a process of its own, so that compiling pages never delays the API.
// Arguments: mode (dev | build: build and serve | serve: what was built), folder of the Vite project, port, folder for
// the build.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serveFiles } from './console-files.mjs';

const [mode, root, port, outDir] = process.argv.slice(2);

// Vite serves the workspace's files, and the data folder lies in it by default: keys, mails, database. The rest is
// Vite's own list.
const deny = ['.env', '.env.*', '*.{crt,pem}', '**/.git/**', '**/supabase/.local/**'];

async function serve() {
  const vite = createRequire(join(root, 'package.json')).resolve('vite');
  const { build, createServer } = await import(pathToFileURL(vite).href);
  const shared = { root, configFile: join(root, 'vite.config.ts'), clearScreen: false, logLevel: 'warn' };
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

try {
  await serve();
  process.send?.({ ready: true });
} catch (error) {
  process.send?.({ error: String(error?.stack ?? error) });
}
process.once('disconnect', () => process.exit(0));
