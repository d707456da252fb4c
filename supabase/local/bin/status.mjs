import { fail, isInstalled, run } from './install.mjs';

if (!isInstalled()) fail('Nothing runs here: the packages are not installed. Start with npm start');
await run('../cli/status.ts');
