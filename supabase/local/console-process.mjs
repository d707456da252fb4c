// The console in a process of its own, so that compiling pages never delays the API.
// Arguments: mode (dev | preview), port, folder for the build.
import { fileURLToPath } from 'node:url';

const [mode, port, outDir] = process.argv.slice(2);
const root = fileURLToPath(new URL('../../web/', import.meta.url));

// Vite serves the workspace's files, and the data folder lies in it by default: keys, mails, database. The rest is
// Vite's own list.
const deny = ['.env', '.env.*', '*.{crt,pem}', '**/.git/**', '**/supabase/.local/**'];

async function serve() {
  const { build, createServer, preview } = await import('vite');
  const shared = { root, configFile: `${root}vite.config.ts`, clearScreen: false, logLevel: 'warn' };
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
