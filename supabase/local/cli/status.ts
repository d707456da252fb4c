import { findRunning } from '../running.ts';
import { readAccounts } from '../seeding.ts';
import { readCommand } from './project.ts';
import { fullSummary } from './summary.ts';

const { dataDir, definition, json } = await readCommand();
const running = await findRunning(dataDir);
if (!running) {
  console.error('Nothing runs here. Start with npm start');
  process.exit(1);
}
const accounts = readAccounts(dataDir, definition);
const { addresses, answering } = running;
const shown = { ...addresses, answering, ...(definition.accounts ? { [definition.accounts.field]: accounts } : {}) };
console.log(json ? JSON.stringify(shown) : fullSummary({ addresses, answering, accounts, definition }));
if (Object.values(answering).some((answers) => !answers)) process.exitCode = 3;
