// The console in a process of its own, so that compiling pages never delays the API.
// Arguments: mode (dev | preview), folder of the Vite project, port, folder for the build.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [mode, root, port, outDir] = process.argv.slice(2);

// Vite serves the workspace's files, and the data folder lies in it by default: keys, mails, database. The rest is
// Vite's own list.
const deny = ['.env', '.env.*', '*.{crt,pem}', '**/.git/**', '**/supabase/.local/**'];

async function serve() {
  const vite = createRequire(join(root, 'package.json')).resolve('vite');
  const { build, createServer, preview } = await import(pathToFileURL(vite).href);
  const shared = { root, configFile: join(root, 'vite.config.ts'), clearScreen: false, logLevel: 'warn' };
  const address = { host: '127.0.0.1', port: Number(port), strictPort: true };
  if (mode === 'dev') {
    const server = await createServer({ ...shared, server: { ...address, fs: { deny } } });
    await server.listen();
    return;
  }
  await build({ ...shared, build: { outDir, emptyOutDir: true } });
  await preview({ ...shared, build: { outDir }, preview: address });
}

try {
  await serve();
  process.send?.({ ready: true });
} catch (error) {
  process.send?.({ error: String(error?.stack ?? error) });
}
process.once('disconnect', () => process.exit(0));
