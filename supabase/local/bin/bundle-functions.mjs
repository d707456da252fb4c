import { ensureInstalled, run } from './install.mjs';

ensureInstalled();
await run('../cli/bundle-functions.ts');
