import { findRunning } from '../running.ts';
import { readAccounts } from '../seeding.ts';
import { readCommand } from './project.ts';
import { summary } from './summary.ts';

const { dataDir, definition, json } = await readCommand();
const running = await findRunning(dataDir);
if (!running) {
  console.error('Nothing runs here. Start with npm start');
  process.exit(1);
}
const accounts = readAccounts(dataDir, definition);
const shown = definition.accounts ? { ...running.addresses, [definition.accounts.field]: accounts } : running.addresses;
console.log(
  json ? JSON.stringify(shown) : summary({ addresses: running.addresses, accounts, definition }, { codes: true }),
);
