import { ensureInstalled, run } from './install.mjs';

ensureInstalled();
await run('../cli/deploy-config.ts');
