import { resolveDataDir } from '../config.ts';
import { findRunning } from '../running.ts';
import { summary } from './summary.ts';

const running = await findRunning(resolveDataDir());
if (!running) {
  console.error('Nothing runs here. Start with npm start');
  process.exit(1);
}
console.log(
  process.argv.includes('--json') ? JSON.stringify(running.status) : summary(running.status, { codes: true }),
);
