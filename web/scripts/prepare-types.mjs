// Nuxt UI writes the types of its components when Vite reads the configuration, and the list of those
// in use when a component is compiled; without both vue-tsc silently skips the check of component props.
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const server = await createServer({
  root,
  configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
  logLevel: 'error',
  // Its own cache: a development server may be running on the other.
  cacheDir: 'node_modules/.vite-types',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: [] },
});
const files = await readdir(new URL('../src', import.meta.url), { recursive: true });
await Promise.all(files.filter((file) => file.endsWith('.vue')).map((file) => server.transformRequest(`/src/${file}`)));
await server.close();
