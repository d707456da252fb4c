import { ensureInstalled, run } from './install.mjs';

await ensureInstalled();
await run('../cli/bundle-functions.ts');
