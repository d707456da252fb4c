import { ensureInstalled, run } from './install.mjs';

await ensureInstalled();
await run('../cli/deploy-config.ts');
