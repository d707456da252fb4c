import { ensureInstalled, run } from './install.mjs';

ensureInstalled();
await run('../cli/types.ts');
